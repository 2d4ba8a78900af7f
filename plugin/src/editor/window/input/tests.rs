use super::*;
use keyboard_types::{Location, NamedKey};

const NONE: Modifiers = Modifiers::empty();

fn at(x: f64, y: f64) -> PhysicalPosition<f64> {
    PhysicalPosition::new(x, y)
}

fn key(code: Code, text: &str, modifiers: Modifiers, state: KeyState) -> KeyboardEvent {
    let key = match code {
        Code::Insert => keyboard_types::Key::Named(NamedKey::Insert),
        Code::ArrowUp => keyboard_types::Key::Named(NamedKey::ArrowUp),
        _ => keyboard_types::Key::Character(text.to_owned()),
    };
    KeyboardEvent { state, key, code, location: Location::Standard, modifiers, repeat: false, is_composing: false }
}

#[test]
fn points_are_pixels_over_the_scale() {
    for scale in [1.0, 1.25, 1.5, 2.0, 3.0] {
        let mut input = Input::default();
        input.mouse(&MouseEvent::CursorMoved { position: at(120.0, 60.0), modifiers: NONE }, scale);
        assert_eq!(input.take().events, [Event::PointerMoved(pos2(120.0 / scale, 60.0 / scale))]);
    }
}

#[test]
fn a_file_hovers_and_is_dropped() {
    let model = PathBuf::from("/models/a voice.onnx");
    let data = DropData::Files(vec![model.clone()]);
    let mut input = Input::default();
    input.mouse(&MouseEvent::DragEntered { position: at(10.0, 20.0), modifiers: NONE, data: data.clone() }, 2.0);
    let frame = input.take();
    assert_eq!(frame.hovered_files[0].path.as_ref(), Some(&model));
    assert_eq!(frame.events, [Event::PointerMoved(pos2(5.0, 10.0))]);
    // It hovers until it leaves or is dropped, however many frames that takes.
    assert_eq!(input.take().hovered_files.len(), 1);
    input.mouse(&MouseEvent::DragDropped { position: at(10.0, 20.0), modifiers: NONE, data }, 2.0);
    let frame = input.take();
    assert_eq!(frame.dropped_files.iter().map(|file| file.path()).collect::<Vec<_>>(), [model.as_path()]);
    assert!(frame.hovered_files.is_empty());
    assert!(input.take().dropped_files.is_empty());
    input.mouse(&MouseEvent::DragLeft, 2.0);
    assert!(input.take().hovered_files.is_empty());
}

#[test]
fn a_drag_goes_on_outside_of_the_window() {
    let mut input = Input::default();
    input.mouse(&MouseEvent::CursorMoved { position: at(10.0, 10.0), modifiers: NONE }, 1.0);
    input.mouse(&MouseEvent::ButtonPressed { button: MouseButton::Left, modifiers: NONE }, 1.0);
    input.mouse(&MouseEvent::CursorLeft, 1.0);
    input.mouse(&MouseEvent::CursorMoved { position: at(-30.0, 10.0), modifiers: NONE }, 1.0);
    assert!(!input.take().events.contains(&Event::PointerGone));
    input.mouse(&MouseEvent::ButtonReleased { button: MouseButton::Left, modifiers: NONE }, 1.0);
    let events = input.take().events;
    assert!(matches!(events[0], Event::PointerButton { pressed: false, .. }));
    assert_eq!(events[1], Event::PointerGone);
}

#[test]
fn text_is_typed_and_shortcuts_are_not_text() {
    let mut input = Input::default();
    for (text, modifiers) in [("a", NONE), ("A", Modifiers::SHIFT), ("@", Modifiers::CONTROL | Modifiers::ALT)] {
        assert_eq!(input.key(&key(Code::KeyA, text, modifiers, KeyState::Down)), None);
        assert!(input.take().events.contains(&Event::Text(text.to_owned())), "{text}");
        input.key(&key(Code::KeyA, text, modifiers, KeyState::Up));
    }
    input.key(&key(Code::KeyA, "a", Modifiers::CONTROL, KeyState::Down));
    assert!(!input.take().events.iter().any(|event| matches!(event, Event::Text(_))));
}

#[test]
fn a_held_key_repeats_as_one() {
    let mut input = Input::default();
    let mut repeats = Vec::new();
    for _ in 0..3 {
        input.key(&key(Code::ArrowUp, "", NONE, KeyState::Down));
        repeats.extend(input.take().events.iter().filter_map(|event| match event {
            Event::Key { repeat, key: Key::ArrowUp, pressed: true, .. } => Some(*repeat),
            _ => None,
        }));
    }
    assert_eq!(repeats, [false, true, true]);
    input.focused(false);
    let events = input.take().events;
    assert!(matches!(events[0], Event::Key { key: Key::ArrowUp, pressed: false, .. }), "{events:?}");
    // Its own release comes too late, and is nobody's.
    input.key(&key(Code::ArrowUp, "", NONE, KeyState::Up));
    assert!(input.take().events.is_empty());
}

#[cfg(not(target_os = "macos"))]
#[test]
fn the_clipboard_has_two_sets_of_keys() {
    let mut input = Input::default();
    let mut of = |code, text, modifiers| {
        let what = input.key(&key(code, text, modifiers, KeyState::Down));
        input.key(&key(code, text, modifiers, KeyState::Up));
        what
    };
    assert_eq!(of(Code::KeyC, "c", Modifiers::CONTROL), Some(ClipboardKey::Copy));
    assert_eq!(of(Code::KeyX, "x", Modifiers::CONTROL), Some(ClipboardKey::Cut));
    assert_eq!(of(Code::KeyV, "v", Modifiers::CONTROL), Some(ClipboardKey::Paste));
    assert_eq!(of(Code::Insert, "", Modifiers::SHIFT), Some(ClipboardKey::Paste));
    assert_eq!(of(Code::Insert, "", Modifiers::CONTROL), Some(ClipboardKey::Copy));
    assert_eq!(of(Code::KeyC, "c", NONE), None);
}

#[test]
fn every_key_that_has_a_name_arrives() {
    let mut input = Input::default();
    for (code, text, wanted) in [
        (Code::Space, " ", Key::Space),
        (Code::KeyZ, "y", Key::Y),
        (Code::KeyA, "ф", Key::A),
        (Code::Digit1, "!", Key::Exclamationmark),
        (Code::ArrowUp, "", Key::ArrowUp),
        (Code::Comma, ",", Key::Comma),
    ] {
        input.key(&key(code, text, NONE, KeyState::Down));
        let events = input.take().events;
        assert!(matches!(&events[0], Event::Key { key, .. } if *key == wanted), "{wanted:?}: {events:?}");
    }
}
