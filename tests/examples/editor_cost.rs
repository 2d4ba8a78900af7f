//! Prints what the window of a packaged plugin costs: `editor_cost PLUGIN.clap`; `cargo xtask bench` calls it. Software rendering, under Xvfb.
//!
//! Frames: as the plugin's window measures them while eight notes sound. Callback: processor time of the plugin's `process`,
//! with the window closed and open by turns in one run, so that the ratio holds whatever else the machine does.

#[cfg(target_os = "linux")]
mod cost {
    use std::cell::Cell;
    use std::error::Error;
    use std::path::Path;
    use std::sync::Mutex;
    use std::time::Duration;
    use timbrel_tests::host::{Blocks, Extent, Instance, Mode, Moment, Package, Setup, Timed};
    use timbrel_tests::window::{Display, Pace, Score, Session, Sight};

    /// Hertz.
    const RATE: f64 = 48_000.0;
    /// Frames.
    const BLOCKS: Blocks = Blocks::Fixed(256);
    /// The window, points.
    const SIZE: Extent = Extent { width: 1120, height: 760 };
    /// Notes that sound.
    const CHORD: [u8; 8] = [41, 48, 53, 57, 60, 64, 67, 72];
    /// Each turn with the window open or closed.
    const TURN: Duration = Duration::from_secs(3);
    /// Turns of either kind.
    const TURNS: usize = 4;
    /// What the plugin's window writes its times to.
    const VARIABLE: &str = "TIMBREL_FRAME_TIMES";

    thread_local! {
        static BEGUN: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }
    static COSTS: Mutex<Vec<f64>> = Mutex::new(Vec::new());

    pub fn measure() -> Result<(), Box<dyn Error>> {
        let package = std::env::args_os().nth(1).ok_or("editor_cost PLUGIN.clap")?;
        let folder = tempfile::tempdir()?;
        // SAFETY: nothing before this has started a thread.
        let _display = unsafe {
            std::env::set_var("XDG_CONFIG_HOME", folder.path());
            Display::start(Display::LARGE)
        }?;
        let package = Package::load(Path::new(&package))?;
        println!("the window, {} x {} points, software rendering, milliseconds", SIZE.width, SIZE.height);
        println!(
            "{:>6} {:>7} {:>16} {:>16} {:>16} {:>16}",
            "scale", "frames", "layout p50 p95", "tessellation", "paint", "all"
        );
        for scale in [1.0, 1.5, 2.0] {
            let path = folder.path().join(format!("frames-{scale}"));
            // SAFETY: the plugin's threads of the last turn are gone with its instance.
            unsafe { std::env::set_var(VARIABLE, &path) };
            let mut session = playing(&package)?;
            session.open(Sight { scale, extent: Some(SIZE) })?;
            session.idle(2 * TURN)?;
            session.end()?;
            frames(scale, &std::fs::read_to_string(&path)?);
        }
        callback(&package)
    }

    /// A session that plays for good.
    fn playing(package: &Package) -> Result<Session, Box<dyn Error>> {
        let mut instance = Instance::active(package, &Setup { mode: Mode::Realtime, ..Setup::offline(BLOCKS) })?;
        instance.watch(watch);
        let mut session = Session::new(instance)?;
        let events = CHORD.iter().map(|key| Timed::note_on(0, *key, 0.6)).collect();
        session.play(Score { events, length: None, blocks: BLOCKS, sample_rate: RATE, pace: Pace::Clock })?;
        Ok(session)
    }

    fn watch(moment: Moment) {
        let now = thread_time();
        match moment {
            Moment::Before => BEGUN.set(now),
            Moment::After => {
                let spent = now.saturating_sub(BEGUN.get()).as_secs_f64();
                COSTS.lock().iter_mut().for_each(|costs| costs.push(spent));
            }
        }
    }

    /// Processor time of this thread: what others take of the processor is not in it.
    fn thread_time() -> Duration {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the pointer is to a value of that type.
        unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    }

    fn frames(scale: f64, text: &str) {
        let row = |line: &str| -> Option<[f64; 3]> {
            let mut numbers = line.split_whitespace().map(str::parse);
            Some([numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?])
        };
        let rows: Vec<[f64; 3]> = text.lines().filter_map(row).collect();
        let column = |pick: &dyn Fn(&[f64; 3]) -> f64| {
            let values: Vec<f64> = rows.iter().map(pick).collect();
            format!("{:.2} {:.2}", quantile(&values, 0.5), quantile(&values, 0.95))
        };
        println!(
            "{:>6} {:>7} {:>16} {:>16} {:>16} {:>16}",
            format!("{scale}x"),
            rows.len(),
            column(&|row| row[0]),
            column(&|row| row[1]),
            column(&|row| row[2]),
            column(&|row| row.iter().sum()),
        );
    }

    fn callback(package: &Package) -> Result<(), Box<dyn Error>> {
        let mut session = playing(package)?;
        let (mut closed, mut open) = (Vec::new(), Vec::new());
        session.idle(TURN)?;
        for _ in 0..TURNS {
            taken();
            session.idle(TURN)?;
            closed.extend(taken());
            session.open(Sight { scale: 1.0, extent: Some(SIZE) })?;
            taken();
            session.idle(TURN)?;
            open.extend(taken());
            session.close()?;
        }
        session.end()?;
        let micros = |costs: &[f64], share| 1e6 * quantile(costs, share);
        println!(
            "\nthe callback, blocks of 256 frames at 48 kHz, {} notes, microseconds of processor time",
            CHORD.len()
        );
        println!("  window closed: p50 {:.1}, p95 {:.1}", micros(&closed, 0.5), micros(&closed, 0.95));
        println!("  window open:   p50 {:.1}, p95 {:.1}", micros(&open, 0.5), micros(&open, 0.95));
        let ratio = |share| quantile(&open, share) / quantile(&closed, share);
        println!(
            "  open to closed: p50 {:.3}, p95 {:.3} ({} and {} blocks)",
            ratio(0.5),
            ratio(0.95),
            open.len(),
            closed.len()
        );
        Ok(())
    }

    fn taken() -> Vec<f64> {
        COSTS.lock().map(|mut costs| std::mem::take(&mut *costs)).unwrap_or_default()
    }

    fn quantile(values: &[f64], share: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let place = ((sorted.len().max(1) - 1) as f64 * share).round() as usize;
        sorted.get(place).copied().unwrap_or(f64::NAN)
    }
}

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    cost::measure()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("the window is measured under Xvfb, on Linux");
}
