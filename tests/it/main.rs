//! All integration tests in one binary, one module a room.

mod app;
mod arrows;
mod checks;
mod cli;
mod config;
mod data;
mod estimate;
mod inspect;
mod kill;
mod language;
mod model;
mod ops;
mod panels;
mod preprocess;
mod runs;
mod train;
mod window;
mod worker;

/// A folder with all that is in it, elsewhere.
fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("reads").map(|entry| entry.expect("reads").path()) {
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            copy_folder(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).expect("copies");
        }
    }
}
