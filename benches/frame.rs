//! Processor time of a frame of the whole window: `logic`, `ui` and tessellation, without a
//! graphics card. All panels are open at once, the gallery scrolls, and a run goes on in a worker
//! on all cores, whose reports come through the real channel, as does a made-up run's of a thousand
//! steps a second. It is the time of the window's thread, so what else has the machine counts only
//! by what it takes from the caches.
//!
//! `cargo bench --bench frame -- [--images N] [--predictions N] [--points N] [--frames N]
//! [--evaluations N] [--train 0|1]`
//! `--points` are steps, each a point of five curves; `--evaluations N` lets predictions of all
//! samples arrive every N frames; without `--train 1` nothing runs beside it. With `ATTENTIVE_DATA`
//! set to a folder with Fashion-MNIST its pictures are shown, else made-up ones.

#[path = "../tests/it/panels/fixture.rs"]
#[allow(dead_code)]
mod fixture;

use attentive::app::{Action, State, recipe, update};
use attentive::data::{Dataset, OpenOptions, silent};
use attentive::runs::{Event, PredictionTable};
use attentive::ui::panels::{Cx, PANELS, View};
use attentive::ui::{Thumbnails, theme};
use attentive::worker::{Command, Job, JobId, Worker, WorkerEvent, WorkerEventKind};
use cpu_time::ThreadTime;
use eframe::egui;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// From frame to frame, so that the run has the cores that a screen leaves it.
const FRAME: Duration = Duration::from_micros(16_667);
/// As in the window.
const DRAIN_BUDGET: Duration = Duration::from_millis(3);
/// Frames that are not counted: fonts and caches are made, as at a start of the program.
const FIRST: usize = 30;

struct Options {
    images: usize,
    predictions: usize,
    points: u64,
    frames: usize,
    evaluations: usize,
    train: bool,
}

impl Options {
    fn from_args() -> Self {
        let mut options = Self {
            images: 100_000,
            predictions: 100_000,
            points: 1_000_000,
            frames: 1000,
            evaluations: 300,
            train: true,
        };
        let args: Vec<String> = std::env::args().collect();
        for pair in args.windows(2) {
            let number =
                || pair[1].parse::<usize>().unwrap_or_else(|e| panic!("{} {}: {e}", pair[0], pair[1]));
            match pair[0].as_str() {
                "--images" => options.images = number(),
                "--predictions" => options.predictions = number(),
                "--points" => options.points = number() as u64,
                "--frames" => options.frames = number(),
                "--evaluations" => options.evaluations = number(),
                "--train" => options.train = number() != 0,
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
    let job = JobId(1);
    // Two in turn, made before, as a worker makes them.
    let tables = [0, 1].map(|n| Arc::new(fixture::predictions(&shared, samples, options.points + n)));
    state.activity = attentive::app::Activity::Running(job);
    let summary = attentive::data::summary(&shared);
    state.data = Some(attentive::app::DataView { summary, dataset: shared });
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut bench = Bench {
        worker: options.train.then(|| trainer(job, home.path())),
        trained: 0,
        messages: 0,
        every: options.evaluations,
        evaluations: tables.iter().map(|table| fixture::evaluation(table)).collect(),
        tables,
        arrived: Vec::new(),
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
    for frame in 0..options.frames + FIRST {
        let begun = Instant::now();
        bench.arriving(frame);
        let (millis, parts) = bench.frame(frame);
        if frame >= FIRST {
            times.push((millis, parts, frame));
        }
        std::thread::sleep(FRAME.saturating_sub(begun.elapsed()));
    }
    assert!(
        !options.train || bench.trained > 0,
        "no step of the run beside it arrived; it has not begun or has failed"
    );
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    println!(
        "{pictures} pictures, at least {} of them in view, {samples} predictions, {} points a metric, {} textures made, {} frames",
        bench.fewest,
        bench.step,
        bench.textures,
        times.len()
    );
    println!("beside it a run of {} steps, {} messages of which came", bench.trained, bench.messages);
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

/// A run on both the processor and the channel until the bench ends; its evaluations would be of
/// other data than what is shown, so it has none.
fn trainer(job: JobId, home: &std::path::Path) -> Worker {
    let mut config = recipe("builtin:fashion").expect("it is built in").clone();
    for assignment in ["train.epochs=100000", "train.evaluate_every=1000000", "train.threads=0"] {
        config.apply(assignment).expect("the setting exists");
    }
    let worker = Worker::spawn("trainer", || ());
    let start = Job::Train { config: Box::new(config), data: None, folder: home.join("run"), force: false };
    worker.try_send(Command::Start(job, start)).expect("an empty channel has room");
    worker
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
    worker: Option<Worker>,
    /// Steps of the worker's run so far.
    trained: u64,
    messages: usize,
    /// Frames from one evaluation to the next.
    every: usize,
    evaluations: Vec<Event>,
    tables: [Arc<PredictionTable>; 2],
    /// Made up for this frame.
    arrived: Vec<WorkerEventKind>,
}

const SCREEN: egui::Vec2 = egui::vec2(1920.0, 1080.0);

/// Every panel of the table on one screen; the gallery has room for 60 pictures.
fn places() -> Vec<(&'static str, egui::Rect)> {
    let rect = |x: f32, y: f32, w: f32, h: f32| egui::Rect::from_min_size(egui::pos2(x, y), egui::vec2(w, h));
    let known = [
        ("data", rect(0.0, 0.0, 400.0, 320.0)),
        ("settings", rect(0.0, 320.0, 400.0, 280.0)),
        ("model", rect(0.0, 600.0, 400.0, 220.0)),
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
    /// Makes what a worker would have sent since the last frame.
    fn arriving(&mut self, frame: usize) {
        for _ in 0..17 {
            self.step += 1;
            self.arrived.push(WorkerEventKind::Run(Event::Step {
                step: self.step,
                epoch: self.step as f64 / 100.0,
                seconds: self.step as f64 / 1000.0,
                metrics: fixture::metrics(self.step),
            }));
        }
        if self.every > 0 && frame % self.every == self.every / 2 {
            let which = frame / self.every % 2;
            self.arrived.push(WorkerEventKind::Predictions(self.tables[which].clone()));
            self.arrived.push(WorkerEventKind::Run(self.evaluations[which].clone()));
        }
    }

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
        if let Some(worker) = &self.worker {
            for mut event in worker.drain(DRAIN_BUDGET) {
                self.messages += 1;
                match &mut event.kind {
                    // It goes on where the made-up run stands.
                    WorkerEventKind::Run(Event::Step { step, .. }) => {
                        self.trained += 1;
                        self.step += 1;
                        *step = self.step;
                    }
                    WorkerEventKind::Run(Event::Accepted(_)) => continue,
                    WorkerEventKind::Ended(result) => panic!("the run beside it has ended: {result:?}"),
                    _ => {}
                }
                update(&mut self.state, Action::Worker(event));
            }
        }
        for kind in self.arrived.drain(..) {
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
        if frame >= FIRST {
            self.fewest = self.fewest.min(pictures);
        }
        (millis(all), [millis(logic), millis(ui - logic), millis(all - ui)])
    }
}
