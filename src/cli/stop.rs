//! Ctrl-C and SIGTERM: the first asks grading to stop, and what is finished is reported.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::{Ending, Failure};

/// Says whether somebody wants the command to stop.
#[derive(Clone, Debug)]
pub struct Stop {
    /// Cancelled when they do.
    pub token: CancellationToken,
    ending: Arc<AtomicU8>,
}

impl Stop {
    /// Begins to listen.
    ///
    /// # Errors
    ///
    /// If signals can't be listened to.
    pub fn listen() -> Result<Self, Failure> {
        let stop = Self {
            token: CancellationToken::new(),
            ending: Arc::new(AtomicU8::new(0)),
        };
        for (kind, ending) in [
            (SignalKind::interrupt(), Ending::Interrupted),
            (SignalKind::terminate(), Ending::Terminated),
            (SignalKind::hangup(), Ending::Terminated),
        ] {
            let mut signals = signal(kind)
                .map_err(|error| Failure::Machine(format!("can't listen to signals: {error}")))?;
            let stop = stop.clone();
            tokio::spawn(async move {
                signals.recv().await;
                let _ = stop.ending.compare_exchange(
                    0,
                    ending.code(),
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
                stop.token.cancel();
            });
        }
        Ok(stop)
    }

    /// How the command ends if it was asked to stop.
    pub fn ending(&self) -> Option<Ending> {
        let code = self.ending.load(Ordering::Relaxed);
        [Ending::Interrupted, Ending::Terminated]
            .into_iter()
            .find(|ending| ending.code() == code)
    }
}

/// Does what a command does, until somebody wants it to stop: then what it has started is ended and cleaned up.
///
/// # Errors
///
/// Those of the command.
pub async fn until_stopped(
    command: impl Future<Output = Result<Ending, Failure>>,
) -> Result<Ending, Failure> {
    let stop = Stop::listen()?;
    tokio::select! {
        ended = command => ended,
        () = stop.token.cancelled() => Ok(stop.ending().unwrap_or(Ending::Interrupted)),
    }
}
