//! The PANELS table: one file and one line per panel.
//!
//! A panel reads State and returns Actions; what only it needs to remember (a scroll
//! position, a zoom, a text being typed) lives in its own `View`. It never changes State.

mod classes;
mod confusion;
mod curves;
mod data;
mod export_menu;
mod log;
mod model;
mod predictions;
mod runs;
mod settings;
mod try_it;

pub use curves::draw as draw_curves;

use super::Thumbnails;
use crate::app::{Action, State};
use eframe::egui;

/// What a panel may look at, and where its wishes go.
pub struct Cx<'a> {
    /// Everything shown.
    pub state: &'a State,
    /// Wishes, applied before the next frame.
    pub actions: &'a mut Vec<Action>,
    /// Textures of sample pictures, shared by all panels.
    pub thumbnails: &'a mut Thumbnails,
}

impl Cx<'_> {
    /// Wishes something.
    pub fn act(&mut self, action: Action) {
        self.actions.push(action);
    }
}

/// A panel with what it remembers between frames.
pub trait View {
    /// Paints the panel and collects wishes.
    fn ui(&mut self, ui: &mut egui::Ui, cx: &mut Cx<'_>);
}

/// One panel.
pub struct Panel {
    /// Names it in layouts and in `Effect::ShowPanel`.
    pub id: &'static str,
    /// On its tab.
    pub title: &'static str,
    /// What it is for, one sentence; shown when the tab is hovered.
    pub help: &'static str,
    /// Makes it, with nothing remembered.
    pub view: fn() -> Box<dyn View>,
}

/// All panels.
pub static PANELS: &[Panel] = &[
    Panel {
        id: "data",
        title: "Data",
        help: "Open data and look through its samples.",
        view: || Box::<data::Data>::default(),
    },
    Panel {
        id: "settings",
        title: "Settings",
        help: "The hyperparameters of the next run; some may change while a run goes.",
        view: || Box::<settings::Settings>::default(),
    },
    Panel {
        id: "model",
        title: "Model",
        help: "The network from the input to the classes, with the shape and the parameters of each part.",
        view: || Box::<model::Model>::default(),
    },
    Panel {
        id: "curves",
        title: "Curves",
        help: "Loss, accuracy, learning rate and more over the steps of the run.",
        view: || Box::<curves::Curves>::default(),
    },
    Panel {
        id: "predictions",
        title: "Predictions",
        help: "Every evaluated sample with its label, prediction, probabilities and loss.",
        view: || Box::<predictions::Predictions>::default(),
    },
    Panel {
        id: "confusion",
        title: "Confusion",
        help: "Which class is taken for which; a click shows those samples.",
        view: || Box::<confusion::Confusion>::default(),
    },
    Panel {
        id: "classes",
        title: "Class scores",
        help: "Precision, recall, F1 and loss of each class, and their curves over the run.",
        view: || Box::<classes::Classes>::default(),
    },
    Panel {
        id: "try_it",
        title: "Try it",
        help: "Type a text or give a picture and see what the model thinks.",
        view: || Box::<try_it::TryItPanel>::default(),
    },
    Panel {
        id: "runs",
        title: "Runs",
        help: "Past runs; any of them opens again with all panels.",
        view: || Box::<runs::Runs>::default(),
    },
    Panel {
        id: "log",
        title: "Log",
        help: "What happened, with warnings and errors.",
        view: || Box::<log::Log>::default(),
    },
];

/// The panel with this id.
pub fn panel(id: &str) -> Option<&'static Panel> {
    PANELS.iter().find(|p| p.id == id)
}
