//! The Predictions panel: every evaluated sample, filtered and sorted, as pictures or as
//! rows of text, and one of them in detail; beside another evaluation, where one is chosen to
//! compare with. It follows each new evaluation and keeps the filter; filtering and comparing
//! themselves are `inspect`'s.

mod compare;
mod detail;
mod elsewhere;
mod gallery;
mod text_rows;
mod toolbar;
mod words;

use super::{Cx, View, export_menu};
use crate::app::{Action, Compared, OutcomeFilter, PredictionFilter, RunView, SortBy, State};
use crate::data::{Dataset, Modality};
use crate::inspect::{self, Comparison, Subject};
use crate::language::{later, tr};
use crate::runs::PredictionTable;
use crate::ui::widgets;
use eframe::egui;
use std::sync::Arc;

/// Narrowest panel in which rows and detail stand side by side, in points.
const SIDE_BY_SIDE: f32 = 760.0;

/// What the panel remembers.
#[derive(Default)]
pub struct Predictions {
    shown: Option<Shown>,
    detail: detail::Detail,
    lists: Lists,
    tools: Tools,
    /// Whether the samples of a measurement on other data are listed instead.
    elsewhere: bool,
}

/// What the menus above the list remember.
#[derive(Default)]
struct Tools {
    export: export_menu::ExportMenu,
    elsewhere: elsewhere::Elsewhere,
}

/// What the two ways to list samples remember.
#[derive(Default)]
struct Lists {
    gallery: gallery::Gallery,
    text: text_rows::TextRows,
}

/// The rows for a table and a filter; made anew only when something they depend on changes.
struct Shown {
    table: Arc<PredictionTable>,
    dataset: Option<Arc<Dataset>>,
    before: Option<Arc<PredictionTable>>,
    comparison: Option<Comparison>,
    filter: PredictionFilter,
    rows: Vec<u32>,
}

impl Shown {
    fn is_of(
        &self,
        table: &Arc<PredictionTable>,
        dataset: Option<&Arc<Dataset>>,
        compared: Option<&Compared>,
    ) -> bool {
        Arc::ptr_eq(&self.table, table)
            && same(self.dataset.as_ref(), dataset)
            && same(self.before.as_ref(), compared.map(|c| &c.table))
    }
}

fn same<T>(a: Option<&Arc<T>>, b: Option<&Arc<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// What is drawn: the table, its rows in order, and what belongs to them.
struct Scene<'a> {
    run: &'a RunView,
    /// Class names.
    classes: &'a [String],
    /// Whether it is of other data than the run's.
    elsewhere: bool,
    table: &'a PredictionTable,
    rows: &'a [u32],
    dataset: Option<&'a Arc<Dataset>>,
    filter: &'a PredictionFilter,
    selected: Option<usize>,
    /// What the predictions are compared with, and the difference.
    compared: Option<(&'a Compared, &'a Comparison)>,
}

impl<'a> Scene<'a> {
    /// Position of the selected row among those shown.
    fn position(&self) -> Option<usize> {
        let selected = u32::try_from(self.selected?).ok()?;
        self.rows.iter().position(|row| *row == selected)
    }

    /// The table row at a position among those shown.
    fn row(&self, position: usize) -> Option<usize> {
        self.rows.get(position).map(|row| *row as usize)
    }

    /// Name of a class.
    fn class(&self, class: u32) -> std::borrow::Cow<'a, str> {
        words::class(self.classes, class)
    }
}

impl View for Predictions {
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>) {
        let state = cx.state;
        let Some(run) = state.run.as_ref() else {
            let hint = tr!(
                "Press Train: after each evaluation every validation sample appears here with its prediction, the worst mistakes first."
            );
            widgets::empty(ui, tr!("No predictions yet"), hint);
            return;
        };
        if let Some(wanted) = elsewhere::lines(ui, cx, self.elsewhere) {
            self.elsewhere = wanted;
        }
        let other = state.evaluation_on.as_ref().filter(|_| self.elsewhere);
        let other = other.and_then(|on| Some((on, on.found.predictions.as_ref()?)));
        let own = || run.predictions.as_ref().map(|table| (table, run.classes(), state.run_data.as_ref()));
        let found = match other {
            Some((on, table)) => Some((table, on.classes.as_slice(), on.found.data.as_ref())),
            None => own(),
        };
        let Some((table, classes, dataset)) = found.filter(|(table, ..)| !table.is_empty()) else {
            without_table(ui, cx, run);
            return;
        };
        let compared = state.comparison().filter(|_| other.is_none());
        let subject = Subject { table, classes, dataset: dataset.map(Arc::as_ref), comparison: None };
        let shown = shown(&mut self.shown, table, dataset, compared, subject, &state.filter);
        let scene = Scene {
            run,
            classes,
            elsewhere: other.is_some(),
            table,
            rows: &shown.rows,
            dataset,
            filter: &state.filter,
            selected: state.selected_prediction.filter(|row| *row < table.len()),
            compared: compared.zip(shown.comparison.as_ref()),
        };
        toolbar::ui(ui, cx, &scene, &mut self.lists.gallery, &mut self.tools);
        compare::ui(ui, cx, &scene);
        ui.add_space(2.0);
        offer_data(ui, cx, &scene, state);
        let wide = ui.available_width() >= SIDE_BY_SIDE;
        match scene.selected {
            Some(row) if wide => {
                let width = (ui.available_width() * 0.42).clamp(300.0, 460.0);
                egui::Panel::right(ui.scope_id().with("detail"))
                    .exact_size(width)
                    .resizable(false)
                    .frame(egui::Frame::new().inner_margin(egui::Margin { left: 10, ..Default::default() }))
                    .show(ui, |ui| self.detail.ui(ui, cx, &scene, row));
                list(ui, cx, &scene, &mut self.lists);
            }
            Some(row) => self.detail.ui(ui, cx, &scene, row),
            None => list(ui, cx, &scene, &mut self.lists),
        }
    }
}

/// The rows to show, from the cache while nothing that they depend on changes.
fn shown<'a>(
    kept: &'a mut Option<Shown>,
    table: &Arc<PredictionTable>,
    dataset: Option<&Arc<Dataset>>,
    compared: Option<&Compared>,
    subject: Subject<'_>,
    filter: &PredictionFilter,
) -> &'a Shown {
    // Comparing takes as long as filtering, and need not be done again for another filter.
    let comparison = match kept.take() {
        Some(shown) if shown.is_of(table, dataset, compared) => {
            if shown.filter == *filter {
                return kept.insert(shown);
            }
            shown.comparison
        }
        _ => compared.and_then(|compared| inspect::compare(table, &compared.table)),
    };
    let rows = inspect::rows(&Subject { comparison: comparison.as_ref(), ..subject }, filter);
    kept.insert(Shown {
        table: table.clone(),
        dataset: dataset.cloned(),
        before: compared.map(|compared| compared.table.clone()),
        comparison,
        filter: filter.clone(),
        rows,
    })
}

/// Why there is nothing, and the way on.
fn without_table(ui: &mut egui::Ui, cx: &mut Cx<'_>, run: &RunView) {
    if run.done.is_some() {
        let hint = tr!(
            "Its folder holds no file with predictions. A run keeps those of its best and last evaluation."
        );
        widgets::empty(ui, tr!("This run kept no predictions"), hint);
        return;
    }
    let hint = tr!("Every validation sample appears here with its prediction, the worst mistakes first.");
    widgets::empty(ui, tr!("Waiting for the first evaluation"), hint);
    if cx.state.shows_live && run.is_live() {
        ui.vertical_centered(|ui| {
            ui.add_space(6.0);
            let help =
                tr!("Evaluate the validation samples with the present weights; training goes on after it");
            if ui.button(tr!("Evaluate now")).on_hover_text(help).clicked() {
                cx.act(Action::EvaluateNow);
            }
        });
    }
}

/// A line that offers to open the run's data, when it is not open.
fn offer_data(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, state: &State) {
    if scene.dataset.is_some() || scene.elsewhere {
        return;
    }
    let Some(source) = scene.run.accepted.as_ref().map(|a| a.data.source.clone()) else { return };
    ui.horizontal_wrapped(|ui| {
        if state.opening.is_some() {
            ui.label(tr!("The samples themselves appear when their data is open."));
        } else {
            ui.label(tr!("The samples themselves are in {source}, which is not open.", source = source));
            if ui.button(tr!("Open data")).on_hover_text(tr!("Open {source}", source = source)).clicked() {
                cx.act(Action::OpenData(source));
            }
        }
    });
}

/// Pictures or rows, whichever fits the data; or why there are none.
fn list(ui: &mut egui::Ui, cx: &mut Cx<'_>, scene: &Scene<'_>, lists: &mut Lists) {
    if scene.rows.is_empty() {
        let title = if scene.filter.outcome == OutcomeFilter::Mistakes {
            tr!("No mistakes here")
        } else {
            tr!("No sample passes the filter")
        };
        widgets::empty(ui, title, tr!("Choose other classes, another split or another text."));
        ui.vertical_centered(|ui| {
            ui.add_space(6.0);
            if ui.button(tr!("Show all samples")).on_hover_text(tr!("Take all filters away")).clicked() {
                cx.act(Action::Filter(scene.filter.cleared()));
            }
        });
        return;
    }
    let images = scene.dataset.is_some_and(|d| d.modality() == Modality::Image);
    if images { lists.gallery.ui(ui, cx, scene) } else { text_rows::ui(ui, cx, scene, &mut lists.text) }
}

/// The orders, as shown.
const ORDERS: &[(SortBy, &str, &str)] = &[
    (SortBy::Loss, later!("By loss"), later!("Largest loss first: the worst mistakes")),
    (SortBy::Confidence, later!("By confidence"), later!("Most confident first")),
    (SortBy::Doubt, later!("By doubt"), later!("Least confident first")),
    (
        SortBy::Margin,
        later!("By margin"),
        later!("Smallest lead of the first class over the second first: the closest decisions"),
    ),
    (SortBy::Sample, later!("In data order"), later!("As in the data set")),
];
