//! The trials.

mod drag;
mod host;

use egui::{Color32, Rect, pos2, vec2};
use host::{Host, Seen};
use libtest_mimic::{Arguments, Trial};
use std::time::Duration;
use timbrel::editor::Keys;
use timbrel_tests::window::Display;

/// Keysym of the space bar.
const SPACE: u32 = 0x20;
/// Of a letter.
const A: u32 = 0x61;
/// Of the key that ends a line.
const RETURN: u32 = 0xff0d;

type Check = fn(&mut Host);

const TRIALS: [(&str, Check); 7] = [
    ("keys_are_the_hosts_until_something_wants_them", keys_are_the_hosts_until_something_wants_them),
    ("what_has_the_focus_leaves_the_space_bar_to_the_host", what_has_the_focus_leaves_the_space_bar_to_the_host),
    ("a_held_key_is_not_struck_again", a_held_key_is_not_struck_again),
    ("a_file_is_dropped", a_file_is_dropped),
    ("pixels_are_exact_at_every_scale", pixels_are_exact_at_every_scale),
    ("nothing_is_drawn_that_nobody_sees_or_wants", nothing_is_drawn_that_nobody_sees_or_wants),
    ("a_closed_window_leaves_nothing", a_closed_window_leaves_nothing),
];

pub fn main() {
    let arguments = Arguments::from_args();
    let trials = TRIALS.map(|(name, check)| {
        Trial::test(name, move || {
            // SAFETY: nothing else reads the environment here; see the module.
            let _display = unsafe { Display::start(Display::LARGE) }.map_err(|error| error.to_string())?;
            check(&mut Host::new());
            Ok(())
        })
        .with_ignored_flag(!Display::is_to_be_had())
    });
    libtest_mimic::run(&Arguments { test_threads: Some(1), ..arguments }, trials.into()).exit();
}

/// The space bar and a letter go to the host although the pointer is over the window. A click on the text field takes them,
/// and the end of typing gives them back.
fn keys_are_the_hosts_until_something_wants_them(host: &mut Host) {
    host.open(None);
    host.point(200, 200);
    host.strike(SPACE);
    host.hears(SPACE);
    // Not everything that is clicked wants keys.
    host.click(200, 200);
    host.strike(A);
    host.hears(A);
    assert!(host.seen(|seen| seen.keys.is_empty()), "the window took a key");

    let (x, y) = host.middle(|seen| seen.edit);
    host.click(x, y);
    host.until("the field has the focus", |host| host.has_focus());
    for key in [A, SPACE, A] {
        host.strike(key);
    }
    host.until("the field has the text", |host| host.seen(|seen| seen.text == "a a"));
    assert!(host.heard().is_empty(), "the host heard what was typed");
    host.strike(RETURN);
    host.until("the focus is the host's again", |host| !host.has_focus());
    host.strike(SPACE);
    host.hears(SPACE);
}

/// A control with the focus takes the keys that change it, and passes the others on to who had the focus before.
fn what_has_the_focus_leaves_the_space_bar_to_the_host(host: &mut Host) {
    host.open(None);
    let (x, y) = host.middle(|seen| seen.control);
    host.click(x, y);
    host.until("the control has the focus", |host| host.has_focus());
    host.strike(SPACE);
    host.hears(SPACE);
    host.strike(host::HOME);
    host.until("the control has its key", |host| host.seen(|seen| seen.keys.contains(&egui::Key::Home)));
    assert!(host.heard().is_empty(), "the host heard it, too");
    // The on-screen keyboard takes what plays, but neither the space bar nor a command.
    host.tell(|seen| seen.wants = Some(Keys::Playing));
    host.strike(SPACE);
    host.hears(SPACE);
    host.strike(A);
    host.until("the keyboard has its key", |host| host.seen(|seen| seen.keys.contains(&egui::Key::A)));
    assert!(host.heard().is_empty(), "the host heard what was played");
    host.key(host::CONTROL, true);
    host.strike(A);
    host.key(host::CONTROL, false);
    host.until("the host has the command", |host| host.heard().contains(&A));
}

/// The server repeats a held key; the window sees one that goes down and repeats, and comes up once.
fn a_held_key_is_not_struck_again(host: &mut Host) {
    host.open(None);
    host.tell(|seen| seen.wants = Some(Keys::Playing));
    host.click(200, 200);
    host.until("the window has the focus", |host| host.has_focus());
    host.key(A, true);
    host.idle(Duration::from_millis(1200));
    let (downs, ups) = host.seen(|seen| (seen.downs, seen.ups));
    host.key(A, false);
    host.until("the key is up", |host| host.seen(|seen| seen.ups > 0));
    println!("{downs} downs that are no repeats, {ups} ups while it was held");
    assert_eq!((downs, ups), (1, 0));
    assert_eq!(host.seen(|seen| seen.ups), 1);
}

/// A file manager's drag: the file hovers over the window where the pointer is, and is dropped there.
fn a_file_is_dropped(host: &mut Host) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ein Modell, größer.onnx");
    std::fs::write(&file, "not a model").unwrap();
    let file = file.canonicalize().unwrap();
    host.open(Some(1.5));
    let mut drag = host.drag(&file);
    drag.enter();
    host.wait_for("the file to hover", |host, seen| {
        drag.point(host, 150, 90);
        seen.hovering == [file.clone()]
    });
    let at = host.seen(|seen| seen.pointer).unwrap();
    assert!((at - pos2(100.0, 60.0)).length() < 1.0, "{at:?}");
    drag.drop();
    host.wait_for("the file to be dropped", |host, seen| {
        drag.serve(host);
        seen.dropped == [file.clone()]
    });
    assert!(host.seen(|seen| seen.hovering.is_empty()));
    assert!(drag.is_finished(host), "the source waits for an answer");
    // Another drag that leaves again.
    let mut drag = host.drag(&file);
    drag.enter();
    host.wait_for("the file to hover again", |host, seen| {
        drag.point(host, 150, 90);
        !seen.hovering.is_empty()
    });
    drag.leave();
    host.wait_for("the file to be gone", |host, seen| {
        drag.serve(host);
        seen.hovering.is_empty()
    });
    assert_eq!(host.seen(|seen| seen.dropped.len()), 1);
}

/// Lines one physical pixel apart are drawn as such, whoever says the scale, and also when it changes.
fn pixels_are_exact_at_every_scale(host: &mut Host) {
    for scale in [1.0, 1.25, 1.5, 2.0, 3.0] {
        host.open(Some(scale));
        check_pixels(host, scale);
        host.close();
    }
    host.open(Some(1.0));
    for scale in [2.0, 1.25, 1.0] {
        host.rescale(scale);
        check_pixels(host, scale);
    }
    host.close();
    // What the server's resources say counts where the host says nothing.
    host.set_resource("Xft.dpi:\t144\n");
    assert_eq!(timbrel::editor::window::expected_scale(None), 1.5);
    host.open(None);
    check_pixels(host, 1.5);
}

fn check_pixels(host: &mut Host, scale: f64) {
    let (width, height) = host::LOGICAL;
    let size = ((f64::from(width) * scale).round() as u32, (f64::from(height) * scale).round() as u32);
    host.until("the window has its size", |host| host.size() == size && host.seen(|seen| seen.scale == scale as f32));
    host.until("the lines are drawn", |host| {
        // In the window's last corner, so that nothing before it is off by a pixel.
        let row = host.row(size.1 - 2, size.0 - host::LINES, host::LINES);
        row.iter().enumerate().all(|(place, colour)| *colour == if place % 2 == 0 { [255; 3] } else { [0; 3] })
    });
    println!("exact at {scale}: {size:?} pixels");
}

/// Sixty frames a second at most while something moves; none while nothing does or the window is hidden.
fn nothing_is_drawn_that_nobody_sees_or_wants(host: &mut Host) {
    host.open(None);
    host.idle(Duration::from_millis(500));
    let still = host.frames_of(Duration::from_secs(1));
    host.tell(|seen| seen.moves = true);
    let moving = host.frames_of(Duration::from_secs(1));
    host.hide();
    host.idle(Duration::from_millis(300));
    let hidden = host.frames_of(Duration::from_secs(1));
    host.show();
    host.hide_parent();
    host.idle(Duration::from_millis(600));
    let covered = host.frames_of(Duration::from_secs(1));
    let newest = host.timings().newest();
    let mean = newest.iter().map(timbrel::editor::FrameTime::total).sum::<f32>() / newest.len() as f32;
    println!("frames a second: {still} still, {moving} moving, {hidden} hidden, {covered} in a hidden host's window");
    println!("a frame: {:.2} ms", mean * 1e3);
    assert_eq!((still, hidden, covered), (0, 0, 0));
    assert!((1..=64).contains(&moving), "{moving} frames");
}

/// Neither threads nor windows, after many.
fn a_closed_window_leaves_nothing(host: &mut Host) {
    host.open(None);
    host.close();
    let (threads, windows) = (host::threads(), host.windows());
    for _ in 0..20 {
        host.open(None);
        host.close();
        assert_eq!(host::threads(), threads, "a closed window's thread still runs");
    }
    assert_eq!((host::threads(), host.windows()), (threads, windows));
}

/// What the window shows: a text field, a control that takes the focus when it is clicked, and lines.
fn draw(seen: &mut Seen, ui: &mut egui::Ui) {
    let window = ui.ctx().content_rect();
    let edit =
        ui.put(Rect::from_min_size(pos2(10.0, 10.0), vec2(120.0, 20.0)), egui::TextEdit::singleline(&mut seen.text));
    seen.edit = edit.rect;
    let control = ui.put(Rect::from_min_size(pos2(10.0, 40.0), vec2(60.0, 20.0)), egui::Button::new("control"));
    if control.clicked() {
        control.request_focus();
    }
    seen.control = control.rect;
    let pixel = 1.0 / ui.ctx().pixels_per_point();
    for line in (0..host::LINES).step_by(2) {
        let left = window.right() - (host::LINES - line) as f32 * pixel;
        let rect = Rect::from_min_size(pos2(left, window.bottom() - 8.0 * pixel), vec2(pixel, 8.0 * pixel));
        let black = rect.translate(vec2(pixel, 0.0));
        ui.painter().rect_filled(rect, 0.0, Color32::WHITE);
        ui.painter().rect_filled(black, 0.0, Color32::BLACK);
    }
    ui.input(|input| {
        for event in &input.events {
            if let egui::Event::Key { key, pressed, repeat, .. } = event {
                seen.downs += u32::from(*pressed && !*repeat);
                seen.ups += u32::from(!*pressed);
                if *pressed {
                    seen.keys.push(*key);
                }
            }
        }
        seen.hovering = input.raw.hovered_files.iter().filter_map(|file| file.path.clone()).collect();
        seen.dropped.extend(input.raw.dropped_files.iter().map(|file| file.path().to_owned()));
        seen.pointer = input.pointer.latest_pos().or(seen.pointer);
    });
    if seen.moves {
        ui.ctx().request_repaint();
    }
}
