//! A seccomp filter that counts the system calls of one thread: all but a futex wake and what ends a thread.
//! A call that is trapped fails with `EPERM`.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// Calls trapped so far, on all threads that asked for it.
pub static SYSTEM_CALLS: AtomicU64 = AtomicU64::new(0);
/// Number of the latest of them; -1 before the first.
pub static LATEST_CALL: AtomicI64 = AtomicI64::new(-1);

extern "C" fn on_trap(_signal: libc::c_int, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: for SIGSYS the kernel lays the call's number 24 bytes into the record (struct siginfo, _sigsys._syscall),
    // and the context is a ucontext_t, whose RAX is what the call returns.
    let call = unsafe {
        let context = context.cast::<libc::ucontext_t>();
        (*context).uc_mcontext.gregs[libc::REG_RAX as usize] = -i64::from(libc::EPERM);
        info.cast::<u8>().add(24).cast::<i32>().read_unaligned()
    };
    LATEST_CALL.store(i64::from(call), Ordering::SeqCst);
    if SYSTEM_CALLS.fetch_add(1, Ordering::SeqCst) > 10_000 {
        // Someone waits for a lock in a loop; the test could not end otherwise.
        std::process::abort();
    }
}

/// From here on, every system call of this thread is trapped but a futex wake and what ends a thread.
pub fn trap_system_calls() {
    const ALLOWED: [libc::c_long; 7] = [
        libc::SYS_rt_sigreturn,
        libc::SYS_rt_sigprocmask,
        libc::SYS_sigaltstack,
        libc::SYS_munmap,
        libc::SYS_madvise,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];
    let statement = |code: u32, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: 0, k };
    let jump = |k: u32, jt: u8, jf: u8| libc::sock_filter {
        code: (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16,
        jt,
        jf,
        k,
    };
    let load = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
    let verdict = libc::BPF_RET | libc::BPF_K;
    // Offsets into struct seccomp_data: the number at 0, argument 1 (of futex: the operation) at 24.
    let mut program = vec![
        statement(load, 0),
        jump(libc::SYS_futex as u32, 0, 4),
        statement(load, 24),
        statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, 0x7f),
        jump(libc::FUTEX_WAKE as u32, 0, 1),
        statement(verdict, libc::SECCOMP_RET_ALLOW),
        // Behind a futex that is no wake the operation is loaded, and a trap follows as none of these numbers is one.
        statement(load, 0),
    ];
    program[4].jf = 1;
    for call in ALLOWED {
        program.push(jump(call as u32, 0, 1));
        program.push(statement(verdict, libc::SECCOMP_RET_ALLOW));
    }
    program.push(statement(verdict, libc::SECCOMP_RET_TRAP));
    // SAFETY: the handler is a function of the right kind; the filter lives until the call returns.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_trap as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        assert_eq!(libc::sigaction(libc::SIGSYS, &action, std::ptr::null_mut()), 0);
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &filter), 0);
    }
}
