//! egui's cursors as the window system has them.
//! Runs on the window's thread.
//! Every cursor of egui has one (the match is whole).

use baseview::MouseCursor;
use egui::CursorIcon;

/// The window system's cursor that is nearest to `icon`.
pub(super) fn cursor(icon: CursorIcon) -> MouseCursor {
    match icon {
        CursorIcon::Default => MouseCursor::Default,
        CursorIcon::None => MouseCursor::Hidden,
        CursorIcon::ContextMenu | CursorIcon::PointingHand | CursorIcon::Grab => MouseCursor::Hand,
        CursorIcon::Grabbing => MouseCursor::HandGrabbing,
        CursorIcon::Help => MouseCursor::Help,
        CursorIcon::Progress => MouseCursor::PtrWorking,
        CursorIcon::Wait => MouseCursor::Working,
        CursorIcon::Cell => MouseCursor::Cell,
        CursorIcon::Crosshair => MouseCursor::Crosshair,
        CursorIcon::Text => MouseCursor::Text,
        CursorIcon::VerticalText => MouseCursor::VerticalText,
        CursorIcon::Alias => MouseCursor::Alias,
        CursorIcon::Copy => MouseCursor::Copy,
        CursorIcon::Move => MouseCursor::Move,
        CursorIcon::NoDrop | CursorIcon::NotAllowed => MouseCursor::NotAllowed,
        CursorIcon::AllScroll => MouseCursor::AllScroll,
        CursorIcon::ResizeHorizontal => MouseCursor::EwResize,
        CursorIcon::ResizeVertical => MouseCursor::NsResize,
        CursorIcon::ResizeNeSw => MouseCursor::NeswResize,
        CursorIcon::ResizeNwSe => MouseCursor::NwseResize,
        CursorIcon::ResizeEast => MouseCursor::EResize,
        CursorIcon::ResizeSouthEast => MouseCursor::SeResize,
        CursorIcon::ResizeSouth => MouseCursor::SResize,
        CursorIcon::ResizeSouthWest => MouseCursor::SwResize,
        CursorIcon::ResizeWest => MouseCursor::WResize,
        CursorIcon::ResizeNorthWest => MouseCursor::NwResize,
        CursorIcon::ResizeNorth => MouseCursor::NResize,
        CursorIcon::ResizeNorthEast => MouseCursor::NeResize,
        CursorIcon::ResizeColumn => MouseCursor::ColResize,
        CursorIcon::ResizeRow => MouseCursor::RowResize,
        CursorIcon::ZoomIn => MouseCursor::ZoomIn,
        CursorIcon::ZoomOut => MouseCursor::ZoomOut,
    }
}
