//! JACK: against a real server without a sound card, where `jackd` is installed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod standalone_rig;

use clap::Parser;
use jack::{AudioIn, Client, ClientOptions, Control, MidiOut, Port, ProcessHandler, ProcessScope, RawMidi};
use parking_lot::Mutex;
use standalone_rig::{House, until};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use timbrel::standalone::System;
use timbrel::standalone::arguments::Arguments;
use timbrel::standalone::inputs::Keyboards;
use timbrel::standalone::midi::Inbox;
use timbrel::standalone::program::Program;
use timbrel::standalone::system_ports::SystemPorts;
use timbrel::standalone::systems;

/// A server of the test's own.
struct Server(Child);

impl Server {
    /// `None` where there is no `jackd`.
    fn start(name: &str, rate: u32, period: u32) -> Option<Self> {
        let (rate, period) = (rate.to_string(), period.to_string());
        let words = ["--no-realtime", "-n", name, "-d", "dummy", "-r", &rate, "-p", &period];
        let server = Command::new("jackd").args(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let server = Self(server);
        let end = Instant::now() + Duration::from_secs(20);
        while Client::new("waits", ClientOptions::NO_START_SERVER).is_err() {
            assert!(Instant::now() < end, "jackd does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: a signal to a child that nobody has waited for, which may clean up after itself.
        unsafe { libc::kill(self.0.id() as i32, libc::SIGTERM) };
        let _ = self.0.wait();
    }
}

/// Strikes a key at a sample of a period, on JACK's own clock.
struct Keys {
    port: Port<MidiOut>,
    /// The offset that is asked for, and the moment that came of it.
    strike: Arc<Mutex<(Option<u32>, Option<u32>)>>,
}

impl ProcessHandler for Keys {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let mut strike = self.strike.lock();
        let mut writer = self.port.writer(scope);
        if let Some(time) = strike.0.take() {
            writer.write(&RawMidi { time, bytes: &[0x90, 69, 100] }).unwrap();
            strike.1 = Some(scope.last_frame_time() + time);
        }
        Control::Continue
    }
}

/// Hears when a sound begins, on JACK's own clock.
struct Ear {
    port: Port<AudioIn>,
    began: Arc<Mutex<Option<u32>>>,
}

impl ProcessHandler for Ear {
    fn process(&mut self, _: &Client, scope: &ProcessScope) -> Control {
        let mut began = self.began.lock();
        if began.is_none() {
            let first = self.port.as_slice(scope).iter().position(|sample| *sample != 0.0);
            *began = first.map(|first| scope.last_frame_time() + first as u32);
        }
        Control::Continue
    }
}

fn wait_for<T>(what: &str, find: impl Fn() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// From a key at `offset` of a period to its sound, frames. On a machine that is busy a frame may come late, and then the
/// note does as well: such a take does not count.
fn delay(program: &Program, keys: &Mutex<(Option<u32>, Option<u32>)>, began: &Mutex<Option<u32>>, offset: u32) -> u32 {
    let late = || program.shared.instrument.status().unwrap().late_frames;
    for _ in 0..20 {
        program.shared.instrument.panic();
        std::thread::sleep(Duration::from_millis(200));
        let before = late();
        *began.lock() = None;
        *keys.lock() = (Some(offset), None);
        let heard = wait_for("the note is heard", || *began.lock());
        let delay = heard.wrapping_sub(keys.lock().1.unwrap());
        println!("{delay} frames, {} of the control's came late", late() - before);
        if late() == before {
            return delay;
        }
    }
    panic!("this machine is too busy");
}

#[test]
fn jack_plays_and_says_when_it_is_gone() {
    let name = format!("timbrel-test-{}", std::process::id());
    // SAFETY: the only test of this program, before it has other threads.
    unsafe { std::env::set_var("JACK_DEFAULT_SERVER", &name) };
    jack::set_logger(jack::LoggerType::None);
    let Some(server) = Server::start(&name, 44_100, 128) else {
        eprintln!("skipped: jackd is not installed (Debian: apt-get install jackd2)");
        return;
    };
    let house = House::new();
    let make = Box::new(|inbox: &Arc<Inbox>| {
        (systems::all(), Keyboards::new(Box::new(SystemPorts::default()), inbox.clone()))
    });
    let arguments = Arguments::try_parse_from(["timbrel", "--backend", "jack", "-r", "96000"]).unwrap();
    let program = Program::start(&house.bundle(), &arguments, house.memory(), make).unwrap();
    let seen = until(&program, "it plays", |seen| seen.running.is_some());
    let running = seen.running.clone().unwrap();
    assert_eq!((running.system, running.sample_rate, running.buffer), (System::Jack, 44_100, 128));
    assert!(seen.problems[0].contains("does not play at 96000 Hz; it plays at 44100 Hz"), "{:?}", seen.problems);

    let (strike, began) = (Arc::new(Mutex::new((None, None))), Arc::new(Mutex::new(None)));
    let keys = Client::new("keys", ClientOptions::NO_START_SERVER).unwrap().0;
    let ear = Client::new("ear", ClientOptions::NO_START_SERVER).unwrap().0;
    let port = keys.register_port("out", MidiOut::default()).unwrap();
    let keys = keys.activate_async((), Keys { port, strike: strike.clone() }).unwrap();
    let port = ear.register_port("in", AudioIn::default()).unwrap();
    let ear = ear.activate_async((), Ear { port, began: began.clone() }).unwrap();
    keys.as_client().connect_ports_by_name("keys:out", "Timbrel:midi").unwrap();
    ear.as_client().connect_ports_by_name("Timbrel:left", "ear:in").unwrap();
    until(&program, "the keys are listed", |seen| {
        seen.inputs.iter().any(|input| input.name == "keys:out" && input.heard)
    });

    let latency = program.shared.instrument.latency().unwrap();
    let first = delay(&program, &strike, &began, 37);
    println!("period 128: a key at sample 37 sounds {first} frames later; the latency is {}", latency.samples);
    assert!((latency.samples..latency.samples + 3).contains(&first));

    // The server's period may change while it runs.
    keys.as_client().set_buffer_size(512).unwrap();
    until(&program, "the period is followed", |seen| {
        seen.running.as_ref().is_some_and(|running| running.buffer == 512)
    });
    let longer = wait_for("the plugin is made ready for it", || {
        program.shared.instrument.latency().filter(|longer| longer.samples == latency.samples + 512 - 128)
    });
    std::thread::sleep(Duration::from_millis(500));
    let second = delay(&program, &strike, &began, 301);
    println!("period 512: a key at sample 301 sounds {second} frames later; the latency is {}", longer.samples);
    assert!((longer.samples..longer.samples + 3).contains(&second));

    drop(server);
    let seen = until(&program, "it says so", |seen| seen.running.is_none());
    println!("{}", seen.problems[0]);
    assert!(seen.problems[0].starts_with("The JACK server has gone."));
    drop((keys, ear));
    let server = Server::start(&name, 48_000, 256);
    let seen = until(&program, "it plays again", |seen| seen.running.is_some());
    let running = seen.running.clone().unwrap();
    assert_eq!((running.sample_rate, running.buffer), (48_000, 256));
    program.end();
    drop(server);
}
