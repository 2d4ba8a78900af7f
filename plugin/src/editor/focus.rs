//! Where the keyboard's focus is: a ring round whatever has it, and the way of a scrolled page to it.
//! Window's thread, round everything else that is drawn.
//! Whatever Tab reaches is seen to have the focus (test: `tab_goes_through_everything_in_reading_order`).

use super::theme::Theme;
use egui::accesskit::{Action, ActionRequest, TreeId};
use egui::{Context, CornerRadius, Event, Id, LayerId, Order, Stroke, StrokeKind};

/// See the module.
#[derive(Default)]
pub struct Focus {
    /// The focus went where it is by keys; by mouse one knows where one has clicked.
    by_keys: bool,
    /// What had it last.
    on: Option<Id>,
    /// What has it and is out of sight.
    hidden: Option<Id>,
}

impl Focus {
    /// Looks at what keys and mouse do, before anything is drawn.
    pub fn follow(&mut self, context: &Context) {
        let hidden = self.hidden.take();
        context.input_mut(|input| {
            for event in &input.events {
                match event {
                    Event::Key { pressed: true, .. } | Event::AccessKitActionRequest(_) => self.by_keys = true,
                    Event::PointerButton { pressed: true, .. } => self.by_keys = false,
                    _ => {}
                }
            }
            if let Some(id) = hidden {
                // As a screen reader would have it: the toolkit knows by itself which areas to scroll.
                input.events.push(Event::AccessKitActionRequest(ActionRequest {
                    action: Action::ScrollIntoView,
                    target_tree: TreeId::ROOT,
                    target_node: id.accesskit_id(),
                    data: None,
                }));
            }
        });
    }

    /// Draws the ring, after everything was drawn.
    pub fn show(&mut self, context: &Context, theme: &Theme) {
        let on = context.memory(|memory| memory.focused());
        let has_moved = std::mem::replace(&mut self.on, on) != on;
        let Some(response) = on.filter(|_| self.by_keys).and_then(|id| context.read_response(id)) else { return };
        if has_moved && !response.interact_rect.expand(1.0).contains_rect(response.rect) {
            self.hidden = on;
        }
        if !response.interact_rect.is_positive() {
            return;
        }
        let layer = LayerId::new(Order::Foreground, Id::unique("focus ring"));
        let painter = context.layer_painter(layer).with_clip_rect(response.interact_rect.expand(4.0));
        let ring = response.rect.expand(2.0);
        painter.rect_stroke(ring, CornerRadius::same(6), Stroke::new(4.0, theme.palette.ground), StrokeKind::Middle);
        painter.rect_stroke(ring, CornerRadius::same(6), Stroke::new(2.0, theme.palette.focus), StrokeKind::Middle);
    }
}
