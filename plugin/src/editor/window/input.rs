//! What the window system says, as egui's input.
//! Runs on the window's thread.
//! Files that hover and files that are dropped arrive, drags go on outside of the window, and held keys repeat as one
//! (tests in `input/tests.rs`).

#[cfg(test)]
mod tests;

use baseview::dpi::PhysicalPosition;
use baseview::{DropData, MouseButton, MouseEvent, ScrollDelta};
use egui::{DroppedFile, Event, HoveredFile, Key, MouseWheelUnit, PointerButton, Pos2, RawInput, pos2, vec2};
use keyboard_types::{Code, KeyState, KeyboardEvent, Modifiers};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a key does to the clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClipboardKey {
    Copy,
    Cut,
    Paste,
}

/// Collects what happens until the next frame takes it.
#[derive(Default)]
pub(super) struct Input {
    raw: RawInput,
    modifiers: egui::Modifiers,
    /// Where the pointer was last, points.
    pointer: Option<Pos2>,
    /// Buttons that are down.
    buttons: u32,
    /// The pointer left while a button was down.
    left: bool,
    /// Keys that are down, to tell repeats.
    held: BTreeSet<Code>,
}

impl Input {
    /// What happened since the last call.
    pub(super) fn take(&mut self) -> RawInput {
        self.raw.take()
    }

    /// What the next frame shall know besides events.
    pub(super) fn raw(&mut self) -> &mut RawInput {
        &mut self.raw
    }

    /// Takes a mouse event; `pixels_per_point` are physical pixels.
    pub(super) fn mouse(&mut self, event: &MouseEvent, pixels_per_point: f32) {
        match event {
            MouseEvent::CursorMoved { position, modifiers } => {
                self.modifiers(*modifiers);
                self.point(*position, pixels_per_point);
            }
            MouseEvent::ButtonPressed { button, modifiers } => {
                self.modifiers(*modifiers);
                self.buttons += 1;
                self.button(*button, true);
            }
            MouseEvent::ButtonReleased { button, modifiers } => {
                self.modifiers(*modifiers);
                self.buttons = self.buttons.saturating_sub(1);
                self.button(*button, false);
                if self.buttons == 0 && std::mem::take(&mut self.left) {
                    self.gone();
                }
            }
            MouseEvent::WheelScrolled { delta, modifiers } => {
                self.modifiers(*modifiers);
                self.wheel(*delta);
            }
            // A drag goes on outside of the window.
            MouseEvent::CursorLeft if self.buttons > 0 => self.left = true,
            MouseEvent::CursorLeft => self.gone(),
            MouseEvent::CursorEntered => self.left = false,
            MouseEvent::DragEntered { position, data, .. } | MouseEvent::DragMoved { position, data, .. } => {
                self.point(*position, pixels_per_point);
                let hovering = |path: &PathBuf| HoveredFile { path: Some(path.clone()), ..Default::default() };
                self.raw.hovered_files = files(data).iter().map(hovering).collect();
            }
            MouseEvent::DragLeft => {
                self.raw.hovered_files.clear();
                self.gone();
            }
            MouseEvent::DragDropped { position, data, .. } => {
                self.point(*position, pixels_per_point);
                self.raw.hovered_files.clear();
                self.raw.dropped_files.extend(files(data).iter().map(|path| Arc::new(Dropped(path.clone())) as _));
            }
            _ => {}
        }
    }

    /// Takes a key that is the editor's. What it does to the clipboard is the caller's to do.
    pub(super) fn key(&mut self, event: &KeyboardEvent) -> Option<ClipboardKey> {
        self.modifiers(event.modifiers);
        let pressed = event.state == KeyState::Down;
        // Not every platform says that a key repeats.
        let repeat = if pressed { !self.held.insert(event.code) } else { !self.held.remove(&event.code) };
        if !pressed && repeat {
            // Pressed where the key was not ours.
            return None;
        }
        if pressed && let Some(key) = clipboard_key(event, self.modifiers) {
            return Some(key);
        }
        let physical_key = Key::from_name(&event.code.to_string());
        if let Some(key) = Key::from_name(&event.key.to_string()).or(physical_key) {
            let modifiers = self.modifiers;
            self.raw.events.push(Event::Key { key, physical_key, pressed, repeat: repeat || event.repeat, modifiers });
        }
        if pressed && let Some(text) = typed(event) {
            self.raw.events.push(Event::Text(text.to_owned()));
        }
        None
    }

    /// Whether the key is down, and its release is awaited.
    pub(super) fn holds(&self, code: Code) -> bool {
        self.held.contains(&code)
    }

    /// Whether any key is down.
    pub(super) fn holds_any(&self) -> bool {
        !self.held.is_empty()
    }

    /// Adds an event that is not the window system's own.
    pub(super) fn push(&mut self, event: Event) {
        self.raw.events.push(event);
    }

    /// The window has the keyboard, or has it no longer. Keys that are down then are let go of.
    pub(super) fn focused(&mut self, focused: bool) {
        if !focused {
            let modifiers = self.modifiers;
            for code in std::mem::take(&mut self.held) {
                if let Some(key) = Key::from_name(&code.to_string()) {
                    let physical_key = Some(key);
                    let event = Event::Key { key, physical_key, pressed: false, repeat: false, modifiers };
                    self.raw.events.push(event);
                }
            }
        }
        self.raw.focused = focused;
        self.raw.events.push(Event::WindowFocused(focused));
    }

    fn point(&mut self, position: PhysicalPosition<f64>, pixels_per_point: f32) {
        let point = pos2(position.x as f32 / pixels_per_point, position.y as f32 / pixels_per_point);
        self.pointer = Some(point);
        self.raw.events.push(Event::PointerMoved(point));
    }

    fn gone(&mut self) {
        self.pointer = None;
        self.raw.events.push(Event::PointerGone);
    }

    fn button(&mut self, button: MouseButton, pressed: bool) {
        let button = match button {
            MouseButton::Left => PointerButton::Primary,
            MouseButton::Right => PointerButton::Secondary,
            MouseButton::Middle => PointerButton::Middle,
            MouseButton::Back => PointerButton::Extra1,
            MouseButton::Forward => PointerButton::Extra2,
            _ => return,
        };
        let (Some(pos), modifiers) = (self.pointer, self.modifiers) else { return };
        self.raw.events.push(Event::PointerButton { pos, button, pressed, modifiers });
    }

    fn wheel(&mut self, delta: ScrollDelta) {
        // egui counts to the right what moves the content to the right. Wheels count the way that one looks, touchpads
        // (which macOS gives in points) the way that the fingers go.
        let (unit, delta) = match delta {
            ScrollDelta::Lines { x, y } if cfg!(target_os = "macos") => (MouseWheelUnit::Line, vec2(x, y)),
            ScrollDelta::Lines { x, y } => (MouseWheelUnit::Line, vec2(-x, y)),
            ScrollDelta::Pixels { x, y } => (MouseWheelUnit::Point, vec2(x, y)),
        };
        let (phase, source, modifiers) = (egui::TouchPhase::Move, egui::MouseWheelSource::Unknown, self.modifiers);
        self.raw.events.push(Event::MouseWheel { unit, delta, phase, source, modifiers });
    }

    fn modifiers(&mut self, held: Modifiers) {
        let mac = cfg!(target_os = "macos");
        let now = egui::Modifiers {
            alt: held.contains(Modifiers::ALT),
            ctrl: held.contains(Modifiers::CONTROL),
            shift: held.contains(Modifiers::SHIFT),
            mac_cmd: mac && held.contains(Modifiers::META),
            command: held.contains(if mac { Modifiers::META } else { Modifiers::CONTROL }),
        };
        if now != self.modifiers {
            self.modifiers = now;
            self.raw.events.push(Event::ModifiersChanged(now));
        }
    }
}

/// The files that are dragged.
fn files(data: &DropData) -> &[PathBuf] {
    match data {
        DropData::Files(paths) => paths,
        _ => &[],
    }
}

/// What a key adds to text. Control and Alt together are the third level of many keyboards.
fn typed(event: &KeyboardEvent) -> Option<&str> {
    let keyboard_types::Key::Character(text) = &event.key else { return None };
    let control = event.modifiers.contains(Modifiers::CONTROL);
    let alt = event.modifiers.contains(Modifiers::ALT);
    let command = event.modifiers.contains(Modifiers::META) || (control && !alt);
    (!command && !text.is_empty() && !text.chars().any(char::is_control)).then_some(text.as_str())
}

fn clipboard_key(event: &KeyboardEvent, modifiers: egui::Modifiers) -> Option<ClipboardKey> {
    let letter = match &event.key {
        keyboard_types::Key::Character(text) => text.chars().next().map(|letter| letter.to_ascii_lowercase()),
        _ => None,
    };
    let elsewhere = !cfg!(target_os = "macos");
    match (letter, event.code) {
        (Some('c'), _) if modifiers.command && !modifiers.shift => Some(ClipboardKey::Copy),
        (Some('x'), _) if modifiers.command && !modifiers.shift => Some(ClipboardKey::Cut),
        (Some('v'), _) if modifiers.command => Some(ClipboardKey::Paste),
        (_, Code::Insert) if elsewhere && modifiers.ctrl => Some(ClipboardKey::Copy),
        (_, Code::Delete) if elsewhere && modifiers.shift => Some(ClipboardKey::Cut),
        (_, Code::Insert) if elsewhere && modifiers.shift => Some(ClipboardKey::Paste),
        _ => None,
    }
}

/// A file that was dropped on the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
