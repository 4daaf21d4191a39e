//! Ctrl-C: heard at once, obeyed after the current step.

use super::failure::ExitCode;
use crate::event::{Event, EventSink};
use crate::stage_api::CancelToken;
use std::sync::{Arc, mpsc};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens for Ctrl-C and a polite kill on a thread of its own, for the rest of the process; once this
/// returns, neither ends the process any more. The second one does, at once: nothing is half-written then
/// either.
pub(super) fn listen(stop: CancelToken, sink: Arc<dyn EventSink>) {
    let (listens, ready) = mpsc::channel();
    let listen = move || {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
            let (Ok(mut interrupt), Ok(mut terminate)) = signals else { return };
            // Nobody waits for this any more only when the process is about to end.
            let _ = listens.send(());
            heard(&mut interrupt, &mut terminate).await;
            stop.cancel();
            sink.emit(&Event::Interrupting);
            heard(&mut interrupt, &mut terminate).await;
            #[expect(clippy::exit, reason = "the second Ctrl-C asks for just this")]
            std::process::exit(ExitCode::Interrupted as i32);
        });
    };
    // Without the thread Ctrl-C kills at once, which the store survives.
    if std::thread::Builder::new().name("interrupt".into()).spawn(listen).is_ok() {
        let _ = ready.recv();
    }
}

async fn heard(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
