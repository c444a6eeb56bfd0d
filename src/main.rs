//! Arguments -> window or command line -> exit code.

use attentive::{cli, ui};
use std::process::ExitCode;

fn main() -> ExitCode {
    let exit = match cli::run(std::env::args_os()) {
        cli::Next::Leave(exit) => exit,
        cli::Next::Window(initial) => match ui::run(initial, cli::on_signal) {
            Ok(()) => cli::Exit::Done,
            Err(error) => {
                cli::message(&format!("error: {error}"));
                cli::Exit::Failed
            }
        },
    };
    ExitCode::from(exit.code())
}
