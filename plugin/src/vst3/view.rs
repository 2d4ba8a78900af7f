//! The window's frame in a VST3 host.
//! Called on the host's main thread; the window draws on its own where the platform has one.
//! Only this thread ever touches the window's handle, which is what the framework's own view does not promise
//! (checked by pluginval at strictness 10, many runs).

use super::gui::{Gui, HostLink};
use super::ticker::Ticker;
use crate::editor::{TimbrelEditor, WindowHandle};
use crate::guard::guarded;
use crate::plugin::Shared;
use ::vst3::Steinberg::IPlugViewContentScaleSupport_::ScaleFactor;
use ::vst3::Steinberg::{
    FIDString, IPlugFrame, IPlugFrameTrait, IPlugView, IPlugViewContentScaleSupport, IPlugViewContentScaleSupportTrait,
    IPlugViewTrait, TBool, ViewRect, char16, int16, kInvalidArgument, kNotImplemented, kResultFalse, kResultOk,
    tresult,
};
use ::vst3::{Class, ComPtr, ComRef, ComWrapper};
use nice_plug::context::gui::GuiContext;
use nice_plug::editor::dpi::{NativeSize, Size};
use nice_plug::editor::{
    Editor, EditorHandle, HostCallbacks, HostMainThreadCaller, HostMethods, ParentWindowHandle, SpawnedEditor,
};
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::ffi::{CStr, c_void};
use std::num::NonZeroIsize;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The window while one is open. Shared with the ticker, on the same thread.
pub(super) type Window = Rc<RefCell<Option<SpawnedEditor<WindowHandle>>>>;

/// A view of the editor; at most one window.
pub(super) struct View {
    shared: Shared,
    editor: TimbrelEditor,
    host: Arc<HostLink>,
    window: Window,
    placed: Rc<Placed>,
    scale: Cell<Option<f64>>,
    /// The window's thread wants to be called on this one.
    called: Arc<AtomicBool>,
    ticker: RefCell<Option<Ticker>>,
}

/// Where the host has put the view.
struct Placed {
    frame: RefCell<Option<ComPtr<IPlugFrame>>>,
    /// The view itself, for the host's calls. Not counted: the view owns everything that uses it.
    view: Cell<*mut IPlugView>,
}

impl Class for View {
    type Interfaces = (IPlugView, IPlugViewContentScaleSupport);
}

impl View {
    /// A view of the instance that `shared` belongs to. No window yet.
    pub(super) fn create(shared: Shared, host: Arc<HostLink>) -> Option<ComPtr<IPlugView>> {
        let view = ComWrapper::new(Self {
            editor: TimbrelEditor::new(shared.clone()),
            shared,
            host,
            window: Window::default(),
            placed: Rc::new(Placed { frame: RefCell::new(None), view: Cell::new(std::ptr::null_mut()) }),
            scale: Cell::new(None),
            called: Arc::default(),
            ticker: RefCell::new(None),
        });
        let pointer = view.to_com_ptr::<IPlugView>()?;
        view.placed.view.set(pointer.as_ptr());
        Some(pointer)
    }

    fn open(&self, parent: ParentWindowHandle) -> Result<(), Box<dyn Error>> {
        let mut window = self.window.try_borrow_mut()?;
        if window.is_some() {
            return Err("the window is open already".into());
        }
        let gui = Gui { host: self.host.clone(), shared: self.shared.clone() };
        let methods = HostMethods {
            callbacks: Box::new(Resizer(self.placed.clone())),
            main_thread_caller: Box::new(Caller(self.called.clone())),
        };
        let context = GuiContext::new(Arc::new(gui));
        let spawned = self.editor.spawn(Some(parent), false, self.scale.get(), context, Some(methods))?;
        spawned.handle.show(&spawned.window)?;
        *window = Some(spawned);
        Ok(())
    }

    /// What `use_window` answers, or "no" where there is no window.
    fn with_window(&self, use_window: impl FnOnce(&SpawnedEditor<WindowHandle>) -> bool) -> tresult {
        let Ok(window) = self.window.try_borrow() else { return kResultFalse };
        let Some(window) = window.as_ref() else { return kResultFalse };
        if guarded(|| use_window(window)).unwrap_or(false) { kResultOk } else { kResultFalse }
    }
}

/// Asks the host for another size.
struct Resizer(Rc<Placed>);

impl HostCallbacks for Resizer {
    fn request_resize(&mut self, new_size: Size, scale_factor: f64) -> Result<(), Box<dyn Error>> {
        let frame = self.0.frame.try_borrow()?.clone().ok_or("the host gave no frame")?;
        let size: NativeSize<u32> = NativeSize::from_size(new_size, scale_factor);
        let mut rect = ViewRect { left: 0, top: 0, right: size.width as i32, bottom: size.height as i32 };
        // SAFETY: the frame is counted; the view is alive, because it owns the window that owns this.
        let result = unsafe { frame.resizeView(self.0.view.get(), &mut rect) };
        if result == kResultOk { Ok(()) } else { Err("the host keeps the size".into()) }
    }

    fn destroyed(&mut self) {
        // VST3 has no word for a window that is gone by itself.
    }
}

/// Remembers that the window's thread called; the ticker answers on the main thread.
struct Caller(Arc<AtomicBool>);

impl HostMainThreadCaller for Caller {
    fn call_main_thread(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The kind of window that this platform's hosts embed.
#[cfg(target_os = "windows")]
const PLATFORM: FIDString = ::vst3::Steinberg::kPlatformTypeHWND;
/// The kind of window that this platform's hosts embed.
#[cfg(target_os = "macos")]
const PLATFORM: FIDString = ::vst3::Steinberg::kPlatformTypeNSView;
/// The kind of window that this platform's hosts embed.
#[cfg(not(any(target_os = "windows", target_os = "macos")))]
const PLATFORM: FIDString = ::vst3::Steinberg::kPlatformTypeX11EmbedWindowID;

/// # Safety
/// `kind` is null or a string.
unsafe fn is_ours(kind: FIDString) -> bool {
    // SAFETY: not null; both are strings.
    !kind.is_null() && unsafe { CStr::from_ptr(kind) == CStr::from_ptr(PLATFORM) }
}

fn parent_handle(parent: *mut c_void) -> Option<ParentWindowHandle> {
    let parent = NonNull::new(parent)?;
    if cfg!(target_os = "windows") {
        NonZeroIsize::new(parent.as_ptr() as isize).map(ParentWindowHandle::Win32Hwnd)
    } else if cfg!(target_os = "macos") {
        Some(ParentWindowHandle::AppKitNsView(parent))
    } else {
        Some(ParentWindowHandle::XlibWindow(parent.as_ptr() as std::ffi::c_ulong))
    }
}

impl IPlugViewTrait for View {
    unsafe fn isPlatformTypeSupported(&self, kind: FIDString) -> tresult {
        // SAFETY: the host gives a string or null.
        if unsafe { is_ours(kind) } { kResultOk } else { kResultFalse }
    }

    unsafe fn attached(&self, parent: *mut c_void, kind: FIDString) -> tresult {
        // SAFETY: the host gives a string or null.
        if !unsafe { is_ours(kind) } {
            return kInvalidArgument;
        }
        let Some(parent) = parent_handle(parent) else { return kInvalidArgument };
        match guarded(|| self.open(parent)) {
            Some(Ok(())) => kResultOk,
            Some(Err(error)) => {
                nice_plug::nice_error!("The window could not be opened: {error}");
                kResultFalse
            }
            None => kResultFalse,
        }
    }

    unsafe fn removed(&self) -> tresult {
        let Ok(mut window) = self.window.try_borrow_mut() else { return kResultFalse };
        let taken = window.take();
        drop(window);
        let was_open = taken.is_some();
        guarded(|| drop(taken));
        self.host.deliver();
        if was_open { kResultOk } else { kResultFalse }
    }

    unsafe fn onWheel(&self, _distance: f32) -> tresult {
        kNotImplemented
    }

    unsafe fn onKeyDown(&self, _key: char16, _code: int16, _modifiers: int16) -> tresult {
        // Keys reach the window by themselves.
        kResultFalse
    }

    unsafe fn onKeyUp(&self, _key: char16, _code: int16, _modifiers: int16) -> tresult {
        kResultFalse
    }

    unsafe fn getSize(&self, size: *mut ViewRect) -> tresult {
        if size.is_null() {
            return kInvalidArgument;
        }
        let now = self.editor.size();
        // SAFETY: not null, and the host gives a writable pointer.
        unsafe { size.write(ViewRect { left: 0, top: 0, right: now.width as i32, bottom: now.height as i32 }) };
        kResultOk
    }

    unsafe fn onSize(&self, size: *mut ViewRect) -> tresult {
        // SAFETY: the host gives a readable pointer or null.
        let Some(size) = (unsafe { native_size(size) }) else { return kInvalidArgument };
        self.with_window(|window| window.handle.set_size(size, &window.window).is_ok())
    }

    unsafe fn onFocus(&self, _state: TBool) -> tresult {
        kNotImplemented
    }

    unsafe fn setFrame(&self, frame: *mut IPlugFrame) -> tresult {
        // SAFETY: the host gives a frame or null.
        let frame = unsafe { ComRef::from_raw(frame) }.map(|frame| frame.to_com_ptr());
        let ticker = frame.as_ref().and_then(|frame| {
            Ticker::start(frame, self.host.clone(), self.shared.clone(), self.window.clone(), self.called.clone())
        });
        let (Ok(mut placed), Ok(mut ticking)) = (self.placed.frame.try_borrow_mut(), self.ticker.try_borrow_mut())
        else {
            return kResultFalse;
        };
        *placed = frame;
        *ticking = ticker;
        kResultOk
    }

    unsafe fn canResize(&self) -> tresult {
        if self.editor.resize_hint().can_resize { kResultOk } else { kResultFalse }
    }

    unsafe fn checkSizeConstraint(&self, rect: *mut ViewRect) -> tresult {
        // SAFETY: the host gives a readable pointer or null.
        let Some(size) = (unsafe { native_size(rect) }) else { return kInvalidArgument };
        self.with_window(|window| {
            let Some(fitting) = window.handle.adjust_size(size, &window.window) else { return false };
            // SAFETY: not null, because a size was read from it; writable by VST3's contract.
            unsafe {
                (*rect).right = (*rect).left + fitting.width as i32;
                (*rect).bottom = (*rect).top + fitting.height as i32;
            }
            true
        })
    }
}

/// # Safety
/// `rect` is null or readable.
unsafe fn native_size(rect: *const ViewRect) -> Option<NativeSize<u32>> {
    // SAFETY: by the contract above.
    let rect = unsafe { rect.as_ref() }?;
    let width = u32::try_from(rect.right.checked_sub(rect.left)?).ok()?;
    let height = u32::try_from(rect.bottom.checked_sub(rect.top)?).ok()?;
    (width > 0 && height > 0).then_some(NativeSize { width, height })
}

impl IPlugViewContentScaleSupportTrait for View {
    unsafe fn setContentScaleFactor(&self, factor: ScaleFactor) -> tresult {
        let factor = f64::from(factor);
        if !(factor.is_finite() && factor > 0.0) {
            return kInvalidArgument;
        }
        self.scale.set(Some(factor));
        self.editor.expect_scale(factor);
        let Ok(window) = self.window.try_borrow() else { return kResultFalse };
        match window.as_ref() {
            Some(window) if window.handle.set_fallback_scale_factor(factor, &window.window).is_err() => kResultFalse,
            // Before there is a window the factor is remembered for it.
            _ => kResultOk,
        }
    }
}
