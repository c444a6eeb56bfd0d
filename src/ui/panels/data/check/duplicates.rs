//! Samples that stand in the data more than once, or are nearly equal, group by group; a click
//! shows one. It compares nothing itself.

use crate::app::{Action, DataView};
use crate::data::Examples;
use crate::data::examine::{Duplicates, Group};
use crate::language::{tr, tr_dynamic};
use crate::preprocess::DataReport;
use crate::ui::panels::Cx;
use crate::ui::theme::Palette;
use crate::ui::widgets::{elided, number};
use eframe::egui;
use eframe::egui::{FontId, Rect, RichText, Role, Sense, Stroke, StrokeKind, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// Height of a row.
const ROW: f32 = 26.0;
/// Rows in view.
const IN_VIEW: f32 = 7.0;

/// Which samples stand in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those that are the same.
    Same,
    /// Those that are nearly equal.
    Nearly,
}

impl Which {
    fn of(self, report: &DataReport) -> &Duplicates {
        match self {
            Self::Same => &report.duplicates,
            Self::Nearly => &report.nearly,
        }
    }
}

/// What the list remembers: a row for each sample, with the number of its group.
#[derive(Default)]
pub struct List {
    made_for: Option<Arc<DataReport>>,
    rows: Vec<(u32, usize)>,
}

impl List {
    /// Paints numbers and list.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        cx: &mut Cx<'_>,
        report: &Arc<DataReport>,
        which: Which,
        data: &DataView,
    ) {
        self.refresh(report, which);
        let found = which.of(report);
        let palette = Palette::of(ui.visuals());
        let numbers = match which {
            Which::Same => numbers(found),
            Which::Nearly => near_numbers(found),
        };
        for line in numbers {
            ui.add(egui::Label::new(RichText::new(line).small().color(palette.text)).wrap());
        }
        let what = match (which, &data.dataset.examples) {
            (Which::Same, Examples::Images(_)) => tr!("Pictures are the same if all their pixels are."),
            (Which::Same, Examples::Texts(_)) => {
                tr!("Texts are the same if they are but for blanks at both ends.")
            }
            (Which::Nearly, Examples::Images(_)) => {
                tr!(
                    "Pictures are nearly equal if their pixels differ by a few shades of 256, as after saving a picture again."
                )
            }
            (Which::Nearly, Examples::Texts(_)) => {
                tr!(
                    "Texts are nearly equal if they differ in case, blanks and punctuation only, or in few places of a long text."
                )
            }
        };
        ui.add(egui::Label::new(RichText::new(what).small().color(palette.weak)).wrap());
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = egui::ScrollArea::vertical()
            .id_salt(("duplicates", which == Which::Same))
            .max_height(IN_VIEW * ROW);
        area.auto_shrink([false, true]).show_rows(ui, ROW, self.rows.len(), |ui, visible| {
            for row in visible {
                if let Some((sample, group)) = self.rows.get(row).copied()
                    && let Some(of) = found.groups.get(group)
                    && (sample as usize) < data.dataset.len()
                {
                    row_ui(ui, cx, data, which, (sample, group, of));
                }
            }
        });
        let shown = found.groups.len() as u64;
        if found.num_groups > shown {
            let text = tr!("The first {shown} groups are listed.", shown = number::count(shown));
            ui.label(RichText::new(text).small().color(palette.weak));
        }
    }

    fn refresh(&mut self, report: &Arc<DataReport>, which: Which) {
        if self.made_for.as_ref().is_some_and(|made_for| Arc::ptr_eq(made_for, report)) {
            return;
        }
        self.made_for = Some(report.clone());
        let groups = which.of(report).groups.iter().enumerate();
        self.rows =
            groups.flat_map(|(number, group)| group.samples.iter().map(move |s| (*s, number))).collect();
    }
}

/// One sample.
fn row_ui(
    ui: &mut egui::Ui,
    cx: &mut Cx<'_>,
    data: &DataView,
    which: Which,
    (sample, group, of): (u32, usize, &Group),
) {
    let palette = Palette::of(ui.visuals());
    let dataset = &data.dataset;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let selected = cx.state.selected_sample == Some(sample);
    let label = match dataset.targets[sample as usize].class() {
        Some(class) => dataset.classes.get(class as usize).map_or("", String::as_str),
        None => tr!("no label"),
    };
    let split = tr_dynamic(dataset.splits[sample as usize].name());
    let name = match which {
        Which::Same => tr!(
            "Duplicate in group {group}: sample {sample}, {split}, {label}",
            group = group + 1,
            sample = sample,
            split = split,
            label = label
        ),
        Which::Nearly => tr!(
            "Nearly equal in group {group}: sample {sample}, {split}, {label}",
            group = group + 1,
            sample = sample,
            split = split,
            label = label
        ),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &name));
    // Groups are told apart by their ground.
    let ground = if group.is_multiple_of(2) { palette.well } else { palette.raised };
    ui.painter().rect_filled(rect, 0.0, ground);
    if selected || response.hovered() || response.has_focus() {
        let color = if selected { palette.accent } else { palette.weak };
        ui.painter().rect_stroke(rect, 0.0, Stroke::new(1.0, color), StrokeKind::Inside);
    }
    let mut left = rect.left() + 6.0;
    if let Examples::Images(_) = &dataset.examples {
        let place = Rect::from_min_size(pos2(left, rect.top() + 2.0), vec2(ROW - 4.0, ROW - 4.0));
        if let Some(texture) = cx.thumbnails.get(ui.ctx(), dataset, sample, ROW - 4.0) {
            egui::Image::new(&texture).paint_at(ui, place);
        }
        left += ROW;
    }
    let right = rect.right() - 6.0;
    let small = FontId::proportional(11.5);
    let color = if of.conflicting { palette.bad } else { palette.weak };
    let beside = elided(ui, &format!("{split}  ·  {label}"), small, color, (right - left) * 0.5);
    let at = pos2(right - beside.size().x, rect.center().y - beside.size().y / 2.0);
    let room = at.x - left - 8.0;
    ui.painter().galley(at, beside, color);
    let text = match &dataset.examples {
        Examples::Texts(texts) => texts.get(sample as usize).trim().to_owned(),
        Examples::Images(_) => tr!("sample {sample}", sample = sample),
    };
    let text = elided(ui, &text, FontId::proportional(12.5), palette.text, room);
    ui.painter().galley(pos2(left, rect.center().y - text.size().y / 2.0), text, palette.text);
    if response.clicked() {
        cx.act(Action::SelectSample(if selected { None } else { Some(sample) }));
    }
    response.on_hover_text(name);
}

/// The counts in lines; those that are nothing are left out.
fn numbers(twice: &Duplicates) -> Vec<String> {
    let [train, validation, test] = twice.repeated;
    let repeated = train + validation + test;
    let mut lines = Vec::new();
    if repeated > 0 {
        lines.push(tr!("{count} repeat an earlier sample of their split.", count = number::count(repeated)));
    }
    for (count, what) in [
        (twice.validation_in_train, tr!("validation samples are among the training samples.")),
        (twice.test_in_train, tr!("test samples are among the training samples.")),
        (twice.test_in_validation, tr!("test samples are among the validation samples.")),
        (twice.conflicting, tr!("samples are the same as one with another label.")),
    ] {
        if count > 0 {
            lines.push(format!("{} {what}", number::count(count)));
        }
    }
    lines
}

/// The same of what is nearly equal.
fn near_numbers(nearly: &Duplicates) -> Vec<String> {
    let [train, validation, test] = nearly.repeated;
    let repeated = train + validation + test;
    let mut lines = Vec::new();
    if repeated > 0 {
        lines.push(tr!(
            "{count} are nearly equal to an earlier sample of their split.",
            count = number::count(repeated)
        ));
    }
    for (count, what) in [
        (nearly.validation_in_train, tr!("validation samples are nearly equal to training samples.")),
        (nearly.test_in_train, tr!("test samples are nearly equal to training samples.")),
        (nearly.test_in_validation, tr!("test samples are nearly equal to validation samples.")),
        (nearly.conflicting, tr!("samples are nearly equal to one with another label.")),
    ] {
        if count > 0 {
            lines.push(format!("{} {what}", number::count(count)));
        }
    }
    lines
}
