//! The same abilities without a window: one file and one line in COMMANDS per command.
//!
//! Standard output carries results only (with `--json` nothing but JSON, one event a
//! line); progress and messages go to standard error. Nothing here trains, reads data or
//! decides what is valid: it asks the rooms below and says what they answered.

mod bench;
mod check;
mod data_source;
mod describe;
mod dry_run;
mod evaluate;
mod exit;
mod explain;
mod fetch;
mod fork;
mod list;
mod output;
mod predict;
mod progress;
mod reference;
mod resume;
mod runs;
mod signal;
mod summary;
mod text_table;
mod timing;
mod train;
mod verify;
mod watch;

pub use exit::Exit;
pub use reference::settings_reference;
pub use signal::on_signal;
pub use timing::first_frame;

use crate::config::edit_distance;
use clap::{ArgMatches, Args};
use exit::Failure;
use output::Output;
use std::ffi::OsString;

/// One command of the command line.
pub struct Command {
    /// The word after `attentive`.
    pub name: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    arguments: fn(clap::Command) -> clap::Command,
    run: fn(&ArgMatches, &mut Output) -> Result<Exit, Failure>,
}

impl Command {
    /// A row from a clap `Args` type whose [`Run`] does the work.
    const fn of<A: Args + Run>(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            arguments: A::augment_args,
            run: |matches, output| {
                let arguments = A::from_arg_matches(matches).map_err(|e| Failure::usage(e.to_string()))?;
                arguments.run(output)
            },
        }
    }
}

/// What a command's arguments can do.
trait Run {
    fn run(self, output: &mut Output) -> Result<Exit, Failure>;
}

/// All commands, in the order of `--help`.
pub static COMMANDS: &[Command] = &[
    Command::of::<train::Arguments>("train", "Train a model from a settings file"),
    Command::of::<resume::Arguments>("resume", "Go on with a run that was stopped or cut off"),
    Command::of::<watch::Arguments>("watch", "Follow a run that another process trains"),
    Command::of::<fork::Arguments>("fork", "Go on from a run's checkpoint in a new run, with other settings"),
    Command::of::<verify::Arguments>("verify", "Train a part of a run again and compare"),
    Command::of::<evaluate::Arguments>(
        "evaluate",
        "Evaluate a run's last weights on its own or on other data",
    ),
    Command::of::<predict::Arguments>("predict", "Predict texts, pictures, a folder of pictures or a table"),
    Command::of::<explain::Arguments>("explain", "Say which words or picture regions a prediction rests on"),
    Command::of::<describe::Arguments>("describe", "Say what is in a data set"),
    Command::of::<fetch::Arguments>("fetch", "Fetch a public data set"),
    Command::of::<runs::Arguments>("runs", "List past runs"),
    Command::of::<bench::Arguments>("bench", "Measure how fast reference models train and predict here"),
    Command::of::<list::Arguments>("list", "List formats, models, presets, settings, metrics or data sets"),
];

/// What `main` is to do.
pub enum Next {
    /// Open the window.
    Window {
        /// Data or a run folder, where one is named.
        initial: Option<String>,
        /// Whether to say how long its first picture took.
        timing: bool,
    },
    /// Leave with this code.
    Leave(Exit),
}

/// Reads the arguments (the first is the program's name), does what they ask, prints, and
/// says what comes next. Without a command the window opens.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Next {
    let mut command = clap::Command::new("attentive")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Train transformers on images and text. Without a command the window opens.")
        .subcommand_value_name("COMMAND")
        .disable_help_subcommand(true)
        .args_conflicts_with_subcommands(true)
        .arg(
            clap::Arg::new("what")
                .value_name("RUN_OR_DATA")
                .help("Open the window with this run folder, file, folder or built-in set (builtin:NAME)"),
        )
        .arg(
            clap::Arg::new("open")
                .long("open")
                .value_name("PATH")
                .help("Open the window with this data set or run folder"),
        )
        .arg(
            clap::Arg::new("timing")
                .long("timing")
                .action(clap::ArgAction::SetTrue)
                .hide(true)
                .help("Say how long the window took until its first picture"),
        );
    for row in COMMANDS {
        command = command.subcommand((row.arguments)(clap::Command::new(row.name).about(row.about)));
    }
    let matches = match command.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            // Also `--help` and `--version`; a closed pipe is no reason to complain.
            let _ = error.print();
            return Next::Leave(if error.use_stderr() { Exit::Usage } else { Exit::Done });
        }
    };
    let Some((name, matches)) = matches.subcommand() else {
        let named = matches.get_one::<String>("what").or_else(|| matches.get_one::<String>("open"));
        if let Some(command) = named.and_then(|word| meant(word.as_str())) {
            let word = named.map_or("", String::as_str);
            message(&format!(
                "error: '{word}' is neither a command nor something here; did you mean 'attentive {command}'? A path such as ./{word} opens in the window."
            ));
            return Next::Leave(Exit::Usage);
        }
        return Next::Window { initial: named.cloned(), timing: matches.get_flag("timing") };
    };
    let mut output = Output::default();
    let result = COMMANDS
        .iter()
        .find(|row| row.name == name)
        .map_or(Ok(Exit::Done), |row| (row.run)(matches, &mut output));
    Next::Leave(result.unwrap_or_else(|failure| {
        output.message(&format!("error: {}", failure.text));
        failure.exit
    }))
}

/// The command that a word was probably meant to be: a bare word that is nothing on disk and
/// differs from a command in at most two letters.
fn meant(word: &str) -> Option<&'static str> {
    let bare =
        word.chars().all(|c| c.is_ascii_alphabetic() || c == '-') && !std::path::Path::new(word).exists();
    let near = COMMANDS.iter().map(|row| (edit_distance(row.name, word), row.name)).min()?;
    (bare && near.0 <= 2).then_some(near.1)
}

/// Prints a message of `main` on standard error.
pub fn message(text: &str) {
    Output::default().message(text);
}
