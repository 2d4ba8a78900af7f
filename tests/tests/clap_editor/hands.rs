//! What hands do in the window, and what the host and the ear notice of it.
//! Test code.

use crate::Test;
use crate::stand::{Outcome, RATE, Stand, keep, peak};
use timbrel_tests::host::{Grip, Recording, instrument_of, values_of};
use timbrel_tests::measure::{cents_between, fundamental};
use timbrel_tests::window::{Button, Session};

/// All.
pub const TESTS: &[(&str, Test)] = &[
    ("a_page_opens_at_a_click", page),
    ("a_turned_knob_is_a_gesture_that_undo_takes_back", knob),
    ("a_drag_that_the_window_does_not_outlive_ends", cut_off),
    ("what_the_host_automates_moves", automation),
    ("a_key_on_the_screen_plays_its_note", key),
    ("a_note_that_the_window_does_not_outlive_ends", orphan),
    ("the_field_plays_where_it_is_pressed", field),
    ("an_instrument_is_chosen_in_its_browser_and_undone", instrument),
    ("the_window_can_be_in_high_contrast", contrast),
    ("a_preset_is_found_by_typing", preset),
];

/// A parameter with a knob on the first page.
const KNOB: &str = "Brightness";
/// A sound that is one.
const AUDIBLE: f32 = 0.01;

fn page() -> Outcome {
    let mut stand = Stand::open(1.0)?;
    let region = stand.region(KNOB)?;
    let before = stand.session.still_picture()?.part(region);
    stand.click("Motion")?;
    stand.wait_for_change(region, &before)?;
    stand.click("Play")?;
    stand.session.wait_for("the first page again", |session| Ok(session.picture_of(region)? == before))?;
    stand.end()?;
    Ok(())
}

/// Begin, values, end: what a host records as one movement; and what of it is there after the undo.
fn knob() -> Outcome {
    let mut stand = Stand::playing(1.0)?;
    let parameter = stand.session.instance().parameter(KNOB)?;
    let rest = parameter.value;
    stand.drag(KNOB, 0, -60)?;
    let turned = stand.wait_for_value(KNOB, |value| value > rest)?;
    let heard = gesture(&mut stand, parameter.id)?;
    let moves: Vec<f64> =
        heard.moves.iter().filter(|moved| moved.id == parameter.id).map(|moved| moved.value).collect();
    println!("{KNOB}: {rest} to {turned} in {} steps", moves.len());
    assert!(moves.len() > 1 && moves.is_sorted(), "a pull upwards moves upwards, step by step: {moves:?}");
    let (begin, end) = (heard.gestures[0].at, heard.gestures[1].at);
    let others = heard.moves.iter().filter(|moved| moved.id != parameter.id).count();
    assert_eq!(others, 0, "another parameter moved");
    assert!(heard.moves.iter().all(|moved| (begin..=end).contains(&moved.at)), "a value outside of the gesture");

    stand.click("Undo")?;
    let back = stand.wait_for_value(KNOB, |value| value != turned)?;
    assert_eq!(back.to_bits(), rest.to_bits(), "undo gives the very value back");
    gesture(&mut stand, parameter.id)?;
    stand.click("Redo")?;
    let again = stand.wait_for_value(KNOB, |value| value != rest)?;
    assert_eq!(again.to_bits(), turned.to_bits(), "redo, too");
    stand.end()?;
    Ok(())
}

/// Waits for one whole gesture with a parameter, and gives what was heard.
fn gesture(stand: &mut Stand, id: u32) -> Outcome<Recording> {
    let mut heard = Recording::default();
    let ended = stand.session.wait_for("the end of a gesture", |session| {
        heard.append(session.heard());
        Ok(heard.gestures.iter().any(|gesture| gesture.grip == Grip::End))
    });
    ended.map_err(|error| format!("{error}; until then there were {:?}", heard.gestures))?;
    let grips: Vec<_> = heard.gestures.iter().map(|gesture| (gesture.id, gesture.grip)).collect();
    assert_eq!(grips, [(id, Grip::Begin), (id, Grip::End)]);
    Ok(heard)
}

fn cut_off() -> Outcome {
    let mut stand = Stand::playing(1.0)?;
    let id = stand.session.instance().parameter(KNOB)?.id;
    let (x, y) = stand.pixel(KNOB, 0.5, 0.5)?;
    stand.session.point(x, y)?;
    stand.session.press(Button::Left)?;
    for step in 1..5 {
        stand.session.point(x, y - 8 * step)?;
    }
    stand.session.close()?;
    gesture(&mut stand, id)?;
    stand.session.release(Button::Left)?;
    stand.end()?;
    Ok(())
}

fn automation() -> Outcome {
    let mut stand = Stand::playing(1.0)?;
    let region = stand.region(KNOB)?;
    let parameter = stand.session.instance().parameter(KNOB)?;
    let window = stand.session.still_picture()?;
    let before = window.part(region);
    stand.automate(KNOB, parameter.range.1)?;
    stand.wait_for_change(region, &before)?;
    let difference = window.difference(&stand.session.still_picture()?, &[])?;
    println!("a knob turned to its end: {:.3} % of the window, mean {:.3}", 100.0 * difference.share, difference.mean);
    stand.automate(KNOB, parameter.value)?;
    stand.session.wait_for("the knob to come back", |session| Ok(session.picture_of(region)? == before))?;
    let heard = stand.end()?;
    assert!(heard.gestures.is_empty() && heard.moves.is_empty(), "the plugin takes automation for its own hand");
    Ok(())
}

fn key() -> Outcome {
    let mut stand = Stand::playing(1.0)?;
    for (label, hertz) in [("C3", 130.813), ("A3", 220.0)] {
        stand.session.heard();
        let (x, y) = stand.pixel(label, 0.5, 0.8)?;
        stand.session.point(x, y)?;
        stand.session.press(Button::Left)?;
        stand.wait_for_sound(AUDIBLE)?;
        let mut held = Recording::default();
        stand.session.wait_for("a second of the note", |session| {
            held.append(session.heard());
            Ok(held.left.len() as f64 > 1.2 * RATE)
        })?;
        let steady = &held.left[held.left.len() / 4..];
        let found = fundamental(steady, RATE, hertz).ok_or("no pitch in what was heard")?;
        let cents = cents_between(hertz, found);
        println!("{label}: {found:.2} Hz, {cents:+.1} cents, peak {:.3}", peak(steady));
        assert!(cents.abs() < 25.0, "{label} sounds at {found:.2} Hz");
        stand.session.release(Button::Left)?;
        stand.wait_for_silence()?;
    }
    stand.end()?;
    Ok(())
}

fn orphan() -> Outcome {
    let mut stand = Stand::playing(1.0)?;
    let (x, y) = stand.pixel("C3", 0.5, 0.8)?;
    stand.session.point(x, y)?;
    stand.session.press(Button::Left)?;
    stand.wait_for_sound(AUDIBLE)?;
    stand.session.close()?;
    stand.wait_for_silence()?;
    stand.session.release(Button::Left)?;
    stand.end()?;
    Ok(())
}

fn field() -> Outcome {
    let mut stand = Stand::playing(1.0)?;
    let (x, y) = stand.pixel("Pitch and loudness", 0.4, 0.4)?;
    stand.session.point(x, y)?;
    stand.session.press(Button::Left)?;
    let heard = stand.wait_for_sound(AUDIBLE)?;
    println!("the field sounds: peak {:.3}", peak(&heard.left));
    stand.session.release(Button::Left)?;
    stand.wait_for_silence()?;
    stand.end()?;
    Ok(())
}

/// By the row with its name; and back.
fn instrument() -> Outcome {
    let mut stand = Stand::playing(1.0)?;
    let before = name_of(&mut stand.session)?;
    stand.click("Instrument 1")?;
    // The list is longer than the window.
    stand.click("Search")?;
    stand.write("viol")?;
    stand.click("Violin")?;
    let chosen = stand.session.wait_for("the violin", |session| Ok(name_of(session)? == "Violin"));
    keep(&stand.session.picture()?, "instruments")?;
    chosen?;
    keep(&stand.session.picture()?, "instruments")?;
    stand.click("Close")?;
    // It is the violin that plays: a note under the cello's range.
    let (x, y) = stand.pixel("A4", 0.5, 0.8)?;
    stand.session.point(x, y)?;
    stand.session.press(Button::Left)?;
    stand.wait_for_sound(AUDIBLE)?;
    keep(&stand.session.picture()?, "violin")?;
    stand.session.release(Button::Left)?;
    stand.click("Undo")?;
    stand.session.wait_for("the instrument of before", |session| Ok(name_of(session)? == before))?;
    stand.end()?;
    Ok(())
}

fn name_of(session: &mut Session) -> timbrel_tests::window::Result<String> {
    let state = session.instance().save()?;
    Ok(instrument_of(&state)?["name"].as_str().unwrap_or_default().to_owned())
}

/// White on black, and back to what it was.
fn contrast() -> Outcome {
    let mut stand = Stand::open(1.0)?;
    let ground = stand.session.still_picture()?.pixel(2, 2);
    stand.click("Settings")?;
    stand.click("Colours High contrast")?;
    stand.session.wait_for("a black ground", |session| Ok(session.picture()?.pixel(2, 2) == [0; 3]))?;
    keep(&stand.session.still_picture()?, "high-contrast-settings")?;
    stand.click("Colours Walnut")?;
    stand.session.wait_for("the ground of before", |session| Ok(session.picture()?.pixel(2, 2) == ground))?;
    assert_ne!(ground, [0; 3]);
    stand.end()?;
    Ok(())
}

/// The list gets shorter with each letter, and what is left is loaded by a click.
fn preset() -> Outcome {
    let mut stand = Stand::playing(1.0)?;
    let state = stand.session.instance().save()?;
    let before = values_of(&state)?;
    stand.click("Preset")?;
    stand.click("Search")?;
    stand.write("glass")?;
    keep(&stand.session.still_picture()?, "search")?;
    let found = stand.twin.options()?;
    println!("presets with \"glass\": {found:?}");
    let first = found.first().ok_or("no preset is called so")?.clone();
    stand.click(&first)?;
    let mut changed = 0;
    stand.session.wait_for("the preset's values", |session| {
        let now = values_of(&session.instance().save()?)?;
        changed = now.0.iter().filter(|(id, value)| before.0.get(*id) != Some(*value)).count();
        Ok(changed > 3)
    })?;
    println!("{first}: {changed} parameters are others");
    stand.end()?;
    Ok(())
}
