//! The background training thread: protocol, thread, handle. It knows neither egui
//! nor the terminal; the window is woken through a closure.

mod desk;
mod handle;
mod outbox;
mod priority;
mod protocol;
mod work;

pub use desk::{JobObserver, JobSteering};
pub use handle::{Work, Worker};
pub use protocol::{Command, Job, JobId, WorkerEvent, WorkerEventKind};
pub use work::Trainer;
