//! Where the panels are: an egui_tiles tree of panel ids, with a default arrangement.
//! A layout that does not hold every panel exactly once is replaced by the default.

use super::commands::{panel_shortcut, with_shortcut};
use super::panels::{Cx, PANELS, View, panel};
use super::places;
use super::theme::Palette;
use crate::language::tr_dynamic;
use eframe::egui;
use eframe::egui::{Color32, Stroke, Visuals};
use egui_tiles::{
    Container, Linear, LinearDir, SimplificationOptions, TabState, Tile, TileId, Tiles, Tree, UiResponse,
};
use serde::{Deserialize, Serialize};

/// A panel in the tree, by its id in the PANELS table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pane(pub String);

/// The dock: the tree, and each panel's view.
pub struct Dock {
    tree: Tree<Pane>,
    views: Vec<(&'static str, Box<dyn View>)>,
}

impl Default for Dock {
    fn default() -> Self {
        Self { tree: arrangement(), views: PANELS.iter().map(|p| (p.id, (p.view)())).collect() }
    }
}

impl Dock {
    /// With a layout kept from last time, if it is whole.
    pub fn with_layout(layout: Option<Tree<Pane>>) -> Self {
        let mut dock = Self::default();
        if let Some(tree) = layout.filter(is_whole) {
            dock.tree = tree;
        }
        dock
    }

    /// The layout, to be kept.
    pub fn layout(&self) -> &Tree<Pane> {
        &self.tree
    }

    /// Back to the default arrangement.
    pub fn reset(&mut self) {
        self.tree = arrangement();
    }

    /// Brings a panel to the front.
    pub fn show_panel(&mut self, id: &str) {
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(pane) if pane.0 == id));
    }

    /// Paints all visible panels.
    pub fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let mut behavior = Behavior { views: &mut self.views, cx };
        self.tree.ui(&mut behavior, ui);
    }
}

/// Settings and data left, curves over predictions in the middle, the rest right.
fn arrangement() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let tabs = |tiles: &mut Tiles<Pane>, ids: &[&str]| {
        let children: Vec<TileId> = ids.iter().map(|id| tiles.insert_pane(Pane((*id).to_owned()))).collect();
        tiles.insert_tab_tile(children)
    };
    let left = tabs(&mut tiles, &["data", "settings", "runs"]);
    let curves = tabs(&mut tiles, &["curves", "model"]);
    let predictions = tabs(&mut tiles, &["predictions"]);
    let right = tabs(&mut tiles, &["confusion", "classes", "try_it", "log"]);
    let lower = split(&mut tiles, LinearDir::Horizontal, [predictions, right], 0.58);
    let main = split(&mut tiles, LinearDir::Vertical, [curves, lower], 0.45);
    let root = split(&mut tiles, LinearDir::Horizontal, [left, main], 0.27);
    Tree::new(egui::Id::unique("dock"), root, tiles)
}

fn split(tiles: &mut Tiles<Pane>, dir: LinearDir, children: [TileId; 2], share: f32) -> TileId {
    tiles.insert_container(Container::Linear(Linear::new_binary(dir, children, share)))
}

fn is_whole(tree: &Tree<Pane>) -> bool {
    let mut found: Vec<&str> = tree
        .tiles
        .tiles()
        .filter_map(|tile| match tile {
            Tile::Pane(pane) => Some(pane.0.as_str()),
            Tile::Container(_) => None,
        })
        .collect();
    found.sort_unstable();
    let mut wanted: Vec<&str> = PANELS.iter().map(|p| p.id).collect();
    wanted.sort_unstable();
    found == wanted && tree.root().is_some()
}

struct Behavior<'a, 'b> {
    views: &'a mut Vec<(&'static str, Box<dyn View>)>,
    cx: &'a mut Cx<'b>,
}

impl egui_tiles::Behavior<Pane> for Behavior<'_, '_> {
    fn pane_ui(&mut self, ui: &mut egui::Ui, _tile: TileId, pane: &mut Pane) -> UiResponse {
        let fill = Palette::of(ui.visuals()).panel;
        ui.painter().rect_filled(ui.max_rect(), 0.0, fill);
        if let Some((id, view)) = self.views.iter_mut().find(|(id, _)| *id == pane.0) {
            egui::Frame::new().inner_margin(egui::Margin::symmetric(10, 8)).show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                ui.push_id(*id, |ui| view.ui(ui, self.cx));
            });
        }
        UiResponse::None
    }

    fn tab_title_for_pane(&mut self, pane: &Pane) -> egui::WidgetText {
        panel(&pane.0).map_or(pane.0.as_str(), |p| tr_dynamic(p.title)).into()
    }

    fn on_tab_button(
        &mut self,
        tiles: &mut Tiles<Pane>,
        tile: TileId,
        response: egui::Response,
    ) -> egui::Response {
        match tiles.get_pane(&tile).and_then(|pane| panel(&pane.0)) {
            Some(panel) => {
                places::mark(&response.ctx, panel.id, response.rect);
                let help = tr_dynamic(panel.help);
                let shortcut = panel_shortcut(panel.id);
                response.clone().on_hover_ui(|ui| {
                    ui.label(with_shortcut(ui.ctx(), help, shortcut.as_ref()));
                })
            }
            None => response,
        }
    }

    fn tab_bar_height(&self, _style: &egui::Style) -> f32 {
        28.0
    }

    fn gap_width(&self, _style: &egui::Style) -> f32 {
        4.0
    }

    fn min_size(&self) -> f32 {
        120.0
    }

    fn tab_title_spacing(&self, _visuals: &Visuals) -> f32 {
        11.0
    }

    fn simplification_options(&self) -> SimplificationOptions {
        SimplificationOptions { all_panes_must_have_tabs: true, ..Default::default() }
    }

    fn tab_bar_color(&self, visuals: &Visuals) -> Color32 {
        Palette::of(visuals).ground
    }

    fn tab_bg_color(
        &self,
        visuals: &Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        state: &TabState,
    ) -> Color32 {
        let palette = Palette::of(visuals);
        if state.active { palette.panel } else { palette.ground }
    }

    fn tab_outline_stroke(
        &self,
        _visuals: &Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        _state: &TabState,
    ) -> Stroke {
        Stroke::NONE
    }

    fn tab_bar_hline_stroke(&self, _visuals: &Visuals) -> Stroke {
        Stroke::NONE
    }

    fn tab_text_color(
        &self,
        visuals: &Visuals,
        _tiles: &Tiles<Pane>,
        _tile: TileId,
        state: &TabState,
    ) -> Color32 {
        let palette = Palette::of(visuals);
        if state.active { palette.strong } else { palette.weak }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Tree<Pane>> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn a_layout_survives_saving_and_a_damaged_one_gives_way_to_the_default() {
        let text = serde_json::to_string(Dock::default().layout()).unwrap_or_default();
        let moved = text.replace(":0.54", ":0.8");
        assert_ne!(moved, text, "the share of the left column is in the file");
        assert!(read(&moved).as_ref().is_some_and(is_whole));
        for damaged in [text.replace("\"confusion\"", "\"unheard of\""), text.replace("\"runs\"", "\"log\"")]
        {
            assert!(read(&damaged).is_some_and(|tree| !is_whole(&tree)), "{damaged}");
            let dock = Dock::with_layout(read(&damaged));
            assert!(is_whole(dock.layout()));
        }
    }
}
