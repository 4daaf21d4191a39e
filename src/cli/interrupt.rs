//! Ctrl-C: heard at once, obeyed after the current step.

use super::failure::ExitCode;
use crate::event::{Event, EventSink};
use crate::stage::Stop;
use std::sync::Arc;

/// Listens for Ctrl-C and a polite kill on a thread of its own, for the rest of the process. The
/// second one ends the process at once: nothing is half-written then either.
pub(super) fn listen(stop: Stop, sink: Arc<dyn EventSink>) {
    let listen = move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        if let Ok(runtime) = runtime {
            runtime.block_on(async {
                heard().await;
                stop.set();
                sink.emit(&Event::Interrupting);
                heard().await;
                #[expect(clippy::exit, reason = "the second Ctrl-C asks for just this")]
                std::process::exit(ExitCode::Interrupted as i32);
            });
        }
    };
    // Without the thread Ctrl-C kills at once, which the store survives.
    let _ = std::thread::Builder::new().name("interrupt".into()).spawn(listen);
}

async fn heard() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
