//! Flushes denormal numbers to zero while a guard lives: they are silence, and a hundred times slower than other numbers.
//! On the control thread and in the callback; the thread's former mode returns when the guard is dropped.

use std::marker::PhantomData;

/// While it lives, denormal results (and, on x86-64, operands) are zero on this thread.
pub struct FlushDenormals {
    before: Control,
    /// The mode belongs to a thread; the guard must not leave it.
    thread: PhantomData<*const ()>,
}

impl FlushDenormals {
    /// Sets the mode.
    pub fn begin() -> Self {
        let before = read();
        write(before | FLUSH);
        Self { before, thread: PhantomData }
    }
}

impl Drop for FlushDenormals {
    fn drop(&mut self) {
        write(self.before);
    }
}

#[cfg(target_arch = "x86_64")]
type Control = u32;
/// Flush to zero (bit 15) and denormals are zero (bit 6) of MXCSR.
#[cfg(target_arch = "x86_64")]
const FLUSH: Control = 1 << 15 | 1 << 6;

#[cfg(target_arch = "x86_64")]
fn read() -> Control {
    let mut control: Control = 0;
    // SAFETY: stores the thread's SSE control register, which every x86-64 has, in a valid place.
    unsafe { std::arch::asm!("stmxcsr [{}]", in(reg) &raw mut control, options(nostack, preserves_flags)) };
    control
}

#[cfg(target_arch = "x86_64")]
fn write(control: Control) {
    // SAFETY: only the rounding of denormals differs from the mode that was read; no exception is unmasked.
    unsafe { std::arch::asm!("ldmxcsr [{}]", in(reg) &raw const control, options(nostack, preserves_flags, readonly)) };
}

#[cfg(target_arch = "aarch64")]
type Control = u64;
/// Flush to zero, bit 24 of FPCR.
#[cfg(target_arch = "aarch64")]
const FLUSH: Control = 1 << 24;

#[cfg(target_arch = "aarch64")]
fn read() -> Control {
    let control: Control;
    // SAFETY: reads the thread's floating-point control register.
    unsafe { std::arch::asm!("mrs {}, fpcr", out(reg) control, options(nomem, nostack, preserves_flags)) };
    control
}

#[cfg(target_arch = "aarch64")]
fn write(control: Control) {
    // SAFETY: only the rounding of denormals differs from the mode that was read.
    unsafe { std::arch::asm!("msr fpcr, {}", in(reg) control, options(nomem, nostack, preserves_flags)) };
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
type Control = u32;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const FLUSH: Control = 0;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn read() -> Control {
    0
}
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn write(_control: Control) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[test]
    fn denormals_are_zero_while_the_guard_lives() {
        let half = || black_box(f32::MIN_POSITIVE) * black_box(0.5);
        assert!(half() > 0.0);
        {
            let _guard = FlushDenormals::begin();
            assert_eq!(half(), 0.0);
        }
        assert!(half() > 0.0);
    }
}
