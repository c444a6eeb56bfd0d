//! Where things are in the window, so that the tour can point at them. A place is named by
//! what draws it and is forgotten when it is not drawn.

use eframe::egui::{Context, Id, Rect};

fn id(name: &str) -> Id {
    Id::unique(("place", name))
}

/// This place is here in this frame.
pub fn mark(ctx: &Context, name: &str, rect: Rect) {
    let frame = ctx.cumulative_frame_nr();
    ctx.data_mut(|data| data.insert_temp(id(name), (frame, rect)));
}

/// Where the place is, if it was drawn in this frame or the last.
pub fn find(ctx: &Context, name: &str) -> Option<Rect> {
    let (frame, rect) = ctx.data(|data| data.get_temp::<(u64, Rect)>(id(name)))?;
    (frame + 1 >= ctx.cumulative_frame_nr()).then_some(rect)
}
