//! Watching at any time, from any thread, leaves the sound as it is.

use super::counting::calls_of;
use super::rig::newt::newt;
use super::rig::podium::Podium;
use super::rig::{Fake, Rig, Switches, bytes, cc, off, on};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use timbrel_engine::event::{Event, ModulationSource, Route, Setting};
use timbrel_engine::render::Shaping;
use timbrel_engine::synth::{Config, LONGEST_SOUND, Mode, Synth};

const LENGTH: u64 = 96_000;

/// Notes, wheels, routes of every source, a panic.
fn piece() -> Vec<(u64, Event)> {
    let mut events: Vec<_> = (0..16)
        .map(|row| {
            let source = ModulationSource::ALL[usize::from(row)];
            let target = [Setting::Tune, Setting::Pan, Setting::OutputGain, Setting::Lfo1Rate][usize::from(row) % 4];
            (0, Event::Route { row, route: Some(Route { source, target }) })
        })
        .collect();
    let amounts = Setting::ALL.into_iter().skip_while(|setting| *setting != Setting::ModAmount1);
    events.extend(amounts.map(|amount| (0, Event::Set(amount, 0.02))));
    events.push((0, Event::Set(Setting::Unison, 3.0)));
    for n in 0..20 {
        let (at, key) = (501 + 3_333 * n, 40 + (7 * n % 40) as u8);
        events.extend([(at, on(key)), (at + 900, cc(1, 0.1 * (n % 10) as f32)), (at + 8_000, off(key))]);
    }
    events.push((40_000, Event::Panic));
    events.sort_by_key(|(at, _)| *at);
    events
}

fn synth(shapers: bool) -> Rig {
    if !shapers {
        return Rig::new(Mode::Offline, 48_000.0, 512, Fake::played());
    }
    let switches = Arc::new(Switches::default());
    let config = Config { sample_rate: 48_000.0, max_block: 512, mode: Mode::Offline, shaping: Shaping::default() };
    let (synth, handle) = Synth::start_with(&config, newt("Shapers", Shaping::default(), &switches)).unwrap();
    Rig { synth, handle, switches, rate: 48_000.0, position: 0, ended: Vec::new() }
}

#[test]
fn watching_leaves_every_byte() {
    for shapers in [false, true] {
        let plain = synth(shapers).play_stereo(&piece(), LENGTH, || 480);
        let mut rig = synth(shapers);
        let (done, looks) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let readers: Vec<_> = (0..2)
            .map(|reader| {
                let (handle, done, looks) = (rig.handle.clone(), Arc::clone(&done), Arc::clone(&looks));
                std::thread::spawn(move || {
                    let mut sound = [vec![0.0; LONGEST_SOUND], vec![0.0; LONGEST_SOUND]];
                    while !done.load(Ordering::SeqCst) {
                        // A window that opens, looks now and then, and closes.
                        let mut watch = handle.watch();
                        for _ in 0..5 {
                            watch.follow(watch.seen().voices.first().map(|voice| voice.note));
                            let voices = watch.look().voices.len();
                            let [left, right] = &mut sound;
                            let end = watch.sound(left, right);
                            assert!(voices <= 64 && end <= LENGTH && handle.status().callback_load >= 0.0);
                            looks.fetch_add(1, Ordering::SeqCst);
                            std::thread::sleep(std::time::Duration::from_micros(300 * (1 + reader)));
                        }
                    }
                })
            })
            .collect();
        let watched = rig.play_stereo(&piece(), LENGTH, || 480);
        done.store(true, Ordering::SeqCst);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
        let looks = looks.load(Ordering::SeqCst);
        let loudest = plain[0].iter().fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
        println!("shapers {shapers}: {LENGTH} samples, {looks} looks of two threads, peak {loudest:.2}");
        assert!(looks > 10 && loudest > 0.01);
        assert_eq!(plain.map(|channel| bytes(&channel)), watched.map(|channel| bytes(&channel)));
    }
}

/// Calls of the allocator in the control thread's work for five hundred notes, and the voices that were seen.
fn calls_of_frames(unison: f32, watched: bool) -> (u64, usize) {
    let mut podium = Podium::new(Fake::default(), 192, 4_096);
    let mut watch = podium.conductor.watch();
    let other = Podium::new(Fake::default(), 192, 100);
    if !watched {
        watch = other.conductor.watch();
    }
    podium.event(0, Event::Set(Setting::Unison, unison));
    (0..64).for_each(|key| podium.event(1 + u64::from(key), on(30 + key)));
    let mut row = vec![0.0; podium.receiver.layout().width()];
    let mut calls = 0;
    for step in 0..500_u64 {
        podium.event(step * 100, on(40 + (step % 30) as u8));
        calls += calls_of(|| _ = podium.conductor.advance((step + 1) * 100));
        while podium.receiver.receive(&mut row).is_some() {}
    }
    (calls, watch.look().voices.len())
}

#[test]
fn watched_frames_allocate_no_more_than_others() {
    for unison in [1.0, 8.0] {
        let (plain, watched) = (calls_of_frames(unison, false), calls_of_frames(unison, true));
        println!("unison of {unison}: {} calls of the allocator, watched {}, {} voices", plain.0, watched.0, watched.1);
        assert!(plain.0 == watched.0 && plain.1 == 0 && watched.1 >= 16);
    }
}
