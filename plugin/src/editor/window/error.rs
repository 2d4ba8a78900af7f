//! Why a window could not be opened, as sentences.
//! Made on the host's or the window's thread.
//! The host goes on and so does the sound (test: `without_opengl_there_is_a_sentence`).

use thiserror::Error;

/// Why a window could not be opened.
#[derive(Debug, Error)]
pub enum WindowError {
    /// There is no display, or none with what drawing needs.
    #[error("Timbrel's window needs a display with OpenGL 3.2 or later: {0}. The instrument plays without its window.")]
    Unavailable(String),
    /// The window was made without a context to draw with.
    #[error("the window has no OpenGL context")]
    NoContext,
    /// The window is not there any more.
    #[error("the window is closed")]
    Closed,
    /// OpenGL is there, but not enough of it.
    #[error("OpenGL cannot draw the window: {0}")]
    Painter(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_opengl_there_is_a_sentence() {
        let sentence = WindowError::Unavailable("no display".into()).to_string();
        assert_eq!(
            sentence,
            "Timbrel's window needs a display with OpenGL 3.2 or later: no display. The instrument plays without its \
             window."
        );
    }
}
