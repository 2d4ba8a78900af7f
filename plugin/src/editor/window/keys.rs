//! Whose a key is: the editor's or the host's.
//! Asked on the window's thread, for each key.
//! The host's shortcuts, the space bar first of all, stay the host's unless text is being typed; while something in the window
//! has the focus, the few keys of the whole window are its own (tests at the end).

use keyboard_types::{Code, Modifiers};

/// Which keys the editor wants. Said in every frame by [`super::Frame::want_keys`], or by what has egui's focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// None: nothing has the focus.
    #[default]
    None,
    /// Those that move between controls and change one: a control has the focus.
    Control,
    /// Those that play: the on-screen keyboard has the focus.
    Playing,
    /// All: text is being typed.
    Text,
    /// All, because there is no host: the standalone program.
    Everything,
}

impl Keys {
    /// What egui's own focus asks for.
    pub(super) fn of_focus(egui: &egui::Context) -> Self {
        if egui.text_edit_focused() {
            Self::Text
        } else if egui.egui_wants_keyboard_input() {
            Self::Control
        } else {
            Self::None
        }
    }

    /// Whether the key `code` with `modifiers` held is the editor's.
    pub(super) fn want(self, code: Code, modifiers: Modifiers) -> bool {
        let commands = modifiers.intersects(Modifiers::CONTROL | Modifiers::ALT | Modifiers::META);
        match self {
            Self::None => false,
            Self::Control => is_modifier(code) || changes_a_control(code) || is_the_windows(code, modifiers),
            Self::Playing => {
                // A click on a key must not take the transport away.
                let plays = !commands && !is_function_key(code) && code != Code::Space;
                is_modifier(code) || plays || is_the_windows(code, modifiers)
            }
            Self::Text => !is_function_key(code),
            Self::Everything => true,
        }
    }
}

/// Keys that move from one control to another, change its value, type one, or open its menu.
fn changes_a_control(code: Code) -> bool {
    use Code::*;
    matches!(
        code,
        Tab | Enter
            | Escape
            | ArrowUp
            | ArrowDown
            | ArrowLeft
            | ArrowRight
            | Home
            | End
            | PageUp
            | PageDown
            | Delete
            | Backspace
            | ContextMenu
            | NumpadEnter
            | Digit0
            | Digit1
            | Digit2
            | Digit3
            | Digit4
            | Digit5
            | Digit6
            | Digit7
            | Digit8
            | Digit9
            | Numpad0
            | Numpad1
            | Numpad2
            | Numpad3
            | Numpad4
            | Numpad5
            | Numpad6
            | Numpad7
            | Numpad8
            | Numpad9
            | NumpadDecimal
            | NumpadSubtract
            | Minus
            | Period
            | Comma
    )
}

/// Keys of the whole window, which has the keyboard because something in it was clicked: undo and redo, search, pages,
/// help. `super::super::shortcuts` answers them.
fn is_the_windows(code: Code, modifiers: Modifiers) -> bool {
    use Code::*;
    let command = if cfg!(target_os = "macos") { Modifiers::META } else { Modifiers::CONTROL };
    let plain = modifiers - Modifiers::SHIFT;
    match code {
        F1 => modifiers.is_empty(),
        KeyZ | KeyY => plain == command,
        KeyF | Digit1 | Digit2 | Digit3 | Digit4 => modifiers == command,
        _ => false,
    }
}

fn is_modifier(code: Code) -> bool {
    use Code::*;
    matches!(code, ShiftLeft | ShiftRight | ControlLeft | ControlRight | AltLeft | AltRight | MetaLeft | MetaRight)
}

fn is_function_key(code: Code) -> bool {
    use Code::*;
    matches!(code, F1 | F2 | F3 | F4 | F5 | F6 | F7 | F8 | F9 | F10 | F11 | F12)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Modifiers = Modifiers::empty();

    #[test]
    fn the_space_bar_is_the_hosts_unless_text_is_typed() {
        for keys in [Keys::None, Keys::Control, Keys::Playing] {
            assert!(!keys.want(Code::Space, PLAIN), "{keys:?}");
        }
        for keys in [Keys::Text, Keys::Everything] {
            assert!(keys.want(Code::Space, PLAIN), "{keys:?}");
        }
    }

    #[test]
    fn shortcuts_are_the_hosts_while_notes_are_played() {
        for modifier in [Modifiers::CONTROL, Modifiers::ALT, Modifiers::META] {
            assert!(!Keys::Playing.want(Code::KeyS, modifier));
            assert!(!Keys::Control.want(Code::KeyS, modifier) && !Keys::None.want(Code::KeyZ, modifier));
            assert!(Keys::Text.want(Code::KeyC, modifier), "what is typed can be copied");
        }
        assert!(Keys::Playing.want(Code::KeyS, PLAIN));
        assert!(!Keys::Text.want(Code::F5, PLAIN));
        assert!(Keys::Control.want(Code::ArrowUp, Modifiers::CONTROL));
    }

    #[test]
    fn keys_of_the_window_are_its_own_while_something_in_it_has_the_focus() {
        let command = if cfg!(target_os = "macos") { Modifiers::META } else { Modifiers::CONTROL };
        for keys in [Keys::Control, Keys::Playing] {
            assert!(keys.want(Code::KeyZ, command) && keys.want(Code::KeyZ, command | Modifiers::SHIFT));
            assert!(keys.want(Code::Digit3, command) && keys.want(Code::F1, PLAIN));
            assert!(!keys.want(Code::F2, PLAIN) && !keys.want(Code::F1, command));
            assert!(!keys.want(Code::KeyZ, command | Modifiers::ALT));
        }
        assert!(!Keys::None.want(Code::F1, PLAIN));
    }

    #[test]
    fn focus_in_egui_asks_for_keys() {
        let egui = egui::Context::default();
        let mut text = String::new();
        let mut of = |wanted: &str| {
            // Focus is given in one pass and known in the next.
            for _ in 0..2 {
                egui.run_ui(egui::RawInput::default(), |ui| {
                    let edit = ui.text_edit_singleline(&mut text);
                    let button = ui.button("a button");
                    match wanted {
                        "edit" => edit.request_focus(),
                        "button" => button.request_focus(),
                        _ => {
                            edit.surrender_focus();
                            button.surrender_focus();
                        }
                    }
                })
                .drop_without_applying_deltas();
            }
            Keys::of_focus(&egui)
        };
        assert_eq!((of("edit"), of("button"), of("nothing")), (Keys::Text, Keys::Control, Keys::None));
    }
}
