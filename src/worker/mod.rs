//! The background training thread: protocol, thread, handle. It knows neither egui
//! nor the terminal; the window is woken through a closure.

mod protocol;

pub use protocol::{Command, Job, JobId, WorkerEvent, WorkerEventKind};
