//! Trains or predicts for a while and tells how fast it went: the median over steps, or over
//! passes through the data. What it makes on disk lies in a temporary folder and is gone after.

use super::cases::Case;
use super::process::{cpu_seconds, peak_rss_mb};
use super::profile::Profile;
use crate::cli::exit::Failure;
use crate::config::RunConfig;
use crate::data::silent;
use crate::model::Model;
use crate::runs::{Event, Outcome};
use crate::train::profile::{self, Spent};
use crate::train::{Control, Observer, Predictor, Steering, TrainJob, run};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Steps or passes before the measurement begins.
const WARM_UP: usize = 3;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Forward, backward, clipping and update
    Train,
    /// Prediction of examples with saved weights
    Infer,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Infer => "infer",
        }
    }
}

/// What came out.
pub struct Figures {
    pub threads: usize,
    pub parameters: usize,
    /// Floating-point operations of one example's forward pass.
    pub forward_flops: f64,
    /// By the clock.
    pub samples_per_s: f64,
    /// By the processor's time of all threads, where the system tells it.
    pub samples_per_cpu_s: Option<f64>,
    pub peak_rss_mb: Option<f64>,
    /// Mean loss of the first and of the last steps, as many as the data has batches.
    pub loss_first: Option<f64>,
    pub loss_last: Option<f64>,
    /// Steps or passes that count.
    pub steps: usize,
    /// Where the time went, if that was asked.
    pub profile: Option<Profile>,
}

/// Measures a case with these settings.
///
/// # Errors
/// When a run fails, with its reason.
pub fn measure(
    case: &Case,
    mut config: RunConfig,
    mode: Mode,
    seconds: f64,
    profiled: bool,
) -> Result<Figures, Failure> {
    let home = tempfile::tempdir().map_err(|e| Failure::failed(format!("no temporary folder: {e}")))?;
    let folder = home.path().join("run");
    let data = Arc::new(case.data());
    if mode == Mode::Infer {
        config.train.max_steps = 1;
    }
    let watch = Mutex::new(Watch::new(seconds, profiled && mode == Mode::Train));
    let job = TrainJob { config, data: Some(Arc::clone(&data)), folder: Some(folder.clone()) };
    let done = run(job, &mut Until { watch: &watch, wished: false }, &mut Hears(&watch))?;
    if !matches!(done.outcome, Outcome::Finished | Outcome::Stopped) {
        return Err(Failure::failed(format!("{}: {}", case.name, done.reason)));
    }
    let mut watch = watch.into_inner().unwrap_or_else(PoisonError::into_inner);
    let predictor = Predictor::open(&folder)?;
    let (losses, mut examples) = (std::mem::take(&mut watch.losses), case.batch);
    if mode == Mode::Infer {
        examples = data.len();
        watch = Watch::new(seconds, profiled);
        while !watch.is_over() {
            predictor.evaluate(&data, None, &silent)?;
            watch.tick();
        }
    }
    let profile = watch.profile(predictor.threads());
    let mean = |part: &[f64]| (!part.is_empty()).then(|| part.iter().sum::<f64>() / part.len() as f64);
    let some = (data.len() / case.batch).min(losses.len());
    let (first, last) = (mean(&losses[..some]), mean(&losses[losses.len() - some..]));
    let training = mode == Mode::Train;
    Ok(Figures {
        threads: predictor.threads(),
        parameters: Model::count(predictor.spec()),
        forward_flops: predictor.spec().forward_flops(predictor.spec().rows()) as f64,
        samples_per_s: examples as f64 / watch.median(),
        samples_per_cpu_s: watch.processor().map(|cpu| examples as f64 / cpu),
        peak_rss_mb: peak_rss_mb(),
        loss_first: first.filter(|_| training),
        loss_last: last.filter(|_| training),
        steps: watch.times.len(),
        profile,
    })
}

/// Takes the time of each step or pass.
struct Watch {
    wanted: Duration,
    seen: usize,
    /// When the measurement began, by the clock and by the processor.
    begun: Option<(Instant, Option<f64>)>,
    last: Instant,
    times: Vec<f64>,
    cpu: Option<f64>,
    losses: Vec<f64>,
    over: bool,
    /// Whether time is counted by op, from when the measurement begins until it is over.
    profiled: bool,
    spent: Option<Vec<Spent>>,
}

impl Watch {
    fn new(seconds: f64, profiled: bool) -> Self {
        Self {
            wanted: Duration::from_secs_f64(seconds),
            seen: 0,
            begun: None,
            last: Instant::now(),
            times: Vec::new(),
            cpu: None,
            losses: Vec::new(),
            over: false,
            profiled,
            spent: None,
        }
    }

    /// A step or pass ended.
    fn tick(&mut self) {
        let now = Instant::now();
        self.seen += 1;
        match self.begun {
            Some((_, cpu)) => {
                self.times.push((now - self.last).as_secs_f64());
                self.cpu = cpu.zip(cpu_seconds()).map(|(before, now)| now - before);
            }
            None if self.seen >= WARM_UP => {
                self.begun = Some((now, cpu_seconds()));
                if self.profiled {
                    profile::start();
                }
            }
            None => {}
        }
        // Only here, so that no step is cut in its midst.
        self.over = !self.times.is_empty() && self.begun.is_some_and(|(at, _)| at.elapsed() >= self.wanted);
        if self.profiled && self.spent.is_none() && self.over {
            self.spent = Some(profile::finish());
        }
        self.last = Instant::now();
    }

    /// What was counted, beside the time that the threads had for it.
    fn profile(&mut self, threads: usize) -> Option<Profile> {
        let counted = self.begun.filter(|_| self.profiled);
        // A run that ended by itself before the time was over.
        let spent = counted.map(|_| self.spent.take().unwrap_or_else(profile::finish))?;
        Some(Profile::new(&spent, self.times.iter().sum(), self.times.len(), threads))
    }

    fn is_over(&self) -> bool {
        self.over
    }

    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().unwrap_or(f64::INFINITY)
    }

    /// Processor time of one step or pass.
    fn processor(&self) -> Option<f64> {
        self.cpu.filter(|cpu| *cpu > 0.0).map(|cpu| cpu / self.times.len() as f64)
    }
}

fn lock<'a>(watch: &'a Mutex<Watch>) -> MutexGuard<'a, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears of each step.
struct Hears<'a>(&'a Mutex<Watch>);

impl Observer for Hears<'_> {
    fn event(&mut self, event: &Event) {
        if let Event::Step { metrics, .. } = event {
            let mut watch = lock(self.0);
            watch.losses.extend(metrics.get("loss"));
            watch.tick();
        }
    }
}

/// Wishes the end when the time is over.
struct Until<'a> {
    watch: &'a Mutex<Watch>,
    wished: bool,
}

impl Steering for Until<'_> {
    fn poll(&mut self) -> Option<Control> {
        // Once: a second wish would skip the saving that prediction needs.
        let wish = !self.wished && lock(self.watch).is_over();
        self.wished |= wish;
        wish.then_some(Control::Stop)
    }
    fn wait(&mut self) -> Option<Control> {
        None
    }
}
