//! CPU time of a frame of the whole window: `logic`, `ui` and tessellation, without a
//! graphics card. All panels are open at once, the gallery scrolls, points arrive.
//! It is the processor time of the thread, so that other work on the machine does not count.
//!
//! `cargo bench --bench frame -- [--images N] [--predictions N] [--points N] [--frames N]`
//! With `ATTENTIVE_DATA` set to a folder with Fashion-MNIST its pictures are shown, else
//! made-up ones.

#[path = "../tests/it/panels/fixture.rs"]
#[allow(dead_code)]
mod fixture;

use attentive::app::{Action, State, update};
use attentive::data::{Dataset, OpenOptions, silent};
use attentive::runs::Event;
use attentive::ui::panels::{Cx, PANELS, View};
use attentive::ui::{Thumbnails, theme};
use attentive::worker::{JobId, WorkerEvent, WorkerEventKind};
use cpu_time::ThreadTime;
use eframe::egui;
use std::time::Duration;

struct Options {
    images: usize,
    predictions: usize,
    points: u64,
    frames: usize,
}

impl Options {
    fn from_args() -> Self {
        let mut options = Self { images: 70_000, predictions: 70_000, points: 20_000, frames: 500 };
        let args: Vec<String> = std::env::args().collect();
        for pair in args.windows(2) {
            let number =
                || pair[1].parse::<usize>().unwrap_or_else(|e| panic!("{} {}: {e}", pair[0], pair[1]));
            match pair[0].as_str() {
                "--images" => options.images = number(),
                "--predictions" => options.predictions = number(),
                "--points" => options.points = number() as u64,
                "--frames" => options.frames = number(),
                _ => {}
            }
        }
        options
    }
}

fn data(images: usize) -> Dataset {
    if let Some(folder) = std::env::var_os("ATTENTIVE_DATA") {
        for name in ["fashion-mnist", "fashion", "."] {
            let path = std::path::Path::new(&folder).join(name);
            if let Ok(data) = attentive::data::open(&path.to_string_lossy(), &OpenOptions::default(), &silent)
                && matches!(data.examples, attentive::data::Examples::Images(_))
            {
                return data;
            }
        }
        eprintln!("no pictures under ATTENTIVE_DATA; made-up ones are shown");
    }
    fixture::images(images, &fixture::FASHION)
}

fn main() {
    let options = Options::from_args();
    let dataset = data(options.images);
    let samples = options.predictions.min(dataset.len());
    let pictures = dataset.len();
    let mut state = fixture::state(dataset, options.points, samples);
    let shared = state.run_data.clone().expect("the fixture opens data");
    state.data =
        Some(attentive::app::DataView { summary: attentive::data::summary(&shared), dataset: shared });
    let job = JobId(1);
    state.activity = attentive::app::Activity::Running(job);
    let mut bench = Bench {
        ctx: egui::Context::default(),
        views: PANELS.iter().map(|panel| (panel.id, (panel.view)())).collect(),
        thumbnails: Thumbnails::default(),
        state,
        actions: Vec::new(),
        step: options.points,
        job,
        places: places(),
        fewest: usize::MAX,
        textures: 0,
        spent: PANELS.iter().map(|panel| (panel.id, Vec::new())).collect(),
    };
    theme::install(&bench.ctx);
    let mut times = Vec::with_capacity(options.frames);
    // The first frames make fonts and caches, as a start of the program does.
    for frame in 0..options.frames + 30 {
        let (millis, parts) = bench.frame(frame);
        if frame >= 30 {
            times.push((millis, parts, frame));
        }
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    println!(
        "{pictures} pictures, {samples} predictions, {} points a metric, at least {} of them in view, {} textures made, {} frames",
        options.points,
        bench.fewest,
        bench.textures,
        times.len()
    );
    for (name, share) in [("median", 0.5), ("99th percentile", 0.99), ("worst", 1.0)] {
        let (millis, [logic, ui, tessellate], frame) = at(share);
        println!(
            "{name:>16}: {millis:6.2} ms  (logic {logic:.2}, ui {ui:.2}, tessellation {tessellate:.2}; frame {frame})"
        );
    }
    for (name, times) in &mut bench.spent {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        println!("{name:>16}: {:6.2} ms, 99th percentile {:.2} ms", at(0.5), at(0.99));
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

struct Bench {
    ctx: egui::Context,
    views: Vec<(&'static str, Box<dyn View>)>,
    thumbnails: Thumbnails,
    state: State,
    actions: Vec<Action>,
    step: u64,
    job: JobId,
    places: Vec<(&'static str, egui::Rect)>,
    /// Milliseconds of each panel in each frame.
    spent: Vec<(&'static str, Vec<f64>)>,
    /// Pictures painted by the gallery in the frame with the fewest.
    fewest: usize,
    /// Textures made: evidence that the gallery scrolls.
    textures: usize,
}

const SCREEN: egui::Vec2 = egui::vec2(1920.0, 1080.0);

/// Every panel of the table on one screen; the gallery has room for 60 pictures.
fn places() -> Vec<(&'static str, egui::Rect)> {
    let rect = |x: f32, y: f32, w: f32, h: f32| egui::Rect::from_min_size(egui::pos2(x, y), egui::vec2(w, h));
    let known = [
        ("data", rect(0.0, 0.0, 400.0, 400.0)),
        ("settings", rect(0.0, 400.0, 400.0, 420.0)),
        ("runs", rect(0.0, 820.0, 400.0, 260.0)),
        ("curves", rect(400.0, 0.0, 1520.0, 340.0)),
        ("predictions", rect(400.0, 340.0, 1040.0, 740.0)),
        ("confusion", rect(1440.0, 340.0, 480.0, 240.0)),
        ("classes", rect(1440.0, 580.0, 480.0, 220.0)),
        ("try_it", rect(1440.0, 800.0, 240.0, 280.0)),
        ("log", rect(1680.0, 800.0, 240.0, 280.0)),
    ];
    for panel in PANELS {
        assert!(
            known.iter().any(|(id, _)| *id == panel.id),
            "the panel {} has no place in this bench",
            panel.id
        );
    }
    known.into()
}

impl Bench {
    /// One frame: milliseconds in all, and of logic, ui, tessellation.
    fn frame(&mut self, frame: usize) -> (f64, [f64; 3]) {
        let gallery = self
            .places
            .iter()
            .find(|(id, _)| *id == "predictions")
            .map_or(egui::Pos2::ZERO, |p| p.1.center());
        let input = egui::RawInput {
            screen_rect: Some(egui::Rect::from_min_size(egui::Pos2::ZERO, SCREEN)),
            time: Some(frame as f64 / 60.0),
            events: vec![
                egui::Event::PointerMoved(gallery),
                egui::Event::MouseWheel {
                    unit: egui::MouseWheelUnit::Point,
                    delta: egui::vec2(0.0, -40.0),
                    phase: egui::TouchPhase::Move,
                    source: egui::MouseWheelSource::Wheel,
                    modifiers: egui::Modifiers::NONE,
                },
            ],
            max_texture_side: Some(8192),
            ..egui::RawInput::default()
        };
        let begun = ThreadTime::now();
        // Points arrive as from a run of a thousand steps a second, in one drain of the channel.
        for _ in 0..17 {
            self.step += 1;
            let step = Event::Step {
                step: self.step,
                epoch: self.step as f64 / 100.0,
                seconds: self.step as f64 / 1000.0,
                metrics: fixture::metrics(self.step),
            };
            let kind = WorkerEventKind::Run(step);
            update(&mut self.state, Action::Worker(WorkerEvent { job: self.job, kind }));
        }
        for action in std::mem::take(&mut self.actions) {
            update(&mut self.state, action);
        }
        let logic = begun.elapsed();
        let Self { ctx, views, thumbnails, state, actions, places, spent, textures, .. } = self;
        let output = ctx.run_ui(input, |ui| {
            thumbnails.begin_frame();
            for (id, view) in views.iter_mut() {
                let Some((_, rect)) = places.iter().find(|(place, _)| place == id) else { continue };
                let mut panel = ui.new_child(egui::UiBuilder::new().max_rect(rect.shrink(8.0)).id_salt(*id));
                panel.set_clip_rect(*rect);
                let before = ThreadTime::now();
                view.ui(&mut panel, &mut Cx { state, actions, thumbnails });
                if let Some((_, times)) = spent.iter_mut().find(|(panel, _)| panel == id) {
                    times.push(millis(before.elapsed()));
                }
            }
        });
        let ui = begun.elapsed();
        *textures += output.textures_delta.set.len();
        let meshes = ctx.tessellate(output.shapes, output.pixels_per_point);
        std::hint::black_box(&meshes);
        let all = begun.elapsed();
        // Every picture has a texture of its own, and so a mesh of its own.
        let own = |mesh: &egui::ClippedPrimitive| match &mesh.primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.texture_id != egui::TextureId::default(),
            egui::epaint::Primitive::Callback(_) => false,
        };
        let pictures = meshes.iter().filter(|mesh| own(mesh) && mesh.clip_rect.contains(gallery)).count();
        if frame >= 30 {
            self.fewest = self.fewest.min(pictures);
        }
        (millis(all), [millis(logic), millis(ui - logic), millis(all - ui)])
    }
}
