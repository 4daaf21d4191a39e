//! Ctrl-C: acknowledged at once, obeyed after the current step.

use super::failure::ExitCode;
use crate::event::{Event, EventSink};
use crate::stage_api::CancelToken;
use std::sync::{Arc, mpsc};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Handles SIGINT and SIGTERM on a thread of its own until the process ends. The first one sets `stop`, the second
/// ends the process at once, which leaves nothing half-written. Returns once the handlers are installed.
pub(super) fn listen(stop: CancelToken, sink: Arc<dyn EventSink>) {
    let (installed, ready) = mpsc::channel();
    let listen = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
            let (Ok(mut interrupt), Ok(mut terminate)) = signals else { return };
            // Fails only if the process is about to end.
            let _ = installed.send(());
            next_signal(&mut interrupt, &mut terminate).await;
            stop.cancel();
            sink.emit(&Event::Interrupting);
            next_signal(&mut interrupt, &mut terminate).await;
            #[expect(clippy::exit, reason = "the second Ctrl-C requests it")]
            std::process::exit(ExitCode::Interrupted as i32);
        });
    };
    // Without the thread, Ctrl-C kills the process, which the store survives.
    if std::thread::Builder::new().name("interrupt".into()).spawn(listen).is_ok() {
        let _ = ready.recv();
    }
}

async fn next_signal(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
