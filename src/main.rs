//! Arguments -> window or command line -> exit code.

use attentive::{cli, ui};
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = match cli::run(std::env::args_os()) {
        cli::Next::Leave(exit) => exit,
        cli::Next::Window { initial, timing } => {
            let hooks = ui::Hooks {
                on_signal: cli::on_signal,
                on_first_frame: if timing { Some(cli::first_frame) } else { None },
            };
            match ui::run(initial, hooks) {
                Ok(()) => cli::Exit::Done,
                Err(error) => {
                    cli::message(&format!("error: {error}"));
                    cli::Exit::Failed
                }
            }
        }
    };
    ExitCode::from(exit.code())
}
