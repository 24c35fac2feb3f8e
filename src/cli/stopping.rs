//! Ctrl C while units are at work: the first one lets every unit come to a safe point, the second one leaves those that only restart, the
//! third one ends the program at once.

use super::output::Output;

/// From now on each of the first two Ctrl C calls `stop`.
pub(super) fn at_ctrl_c(mut stop: impl FnMut() + Send + 'static, output: Output) {
    let listen = move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async move {
            let said = [
                "Stopping where it is safe for each unit. Ctrl C once more leaves units that only restart; the next run goes on with them.",
                "Units that restart are not waited for. Ctrl C once more ends at once; the journal then says where each stands.",
            ];
            for words in said {
                if tokio::signal::ctrl_c().await.is_err() {
                    return;
                }
                output.problem(words);
                stop();
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(130);
            }
        });
    };
    // Without this thread Ctrl C ends the program at once, as it does elsewhere.
    if let Err(error) = std::thread::Builder::new()
        .name("ctrl-c".to_owned())
        .spawn(listen)
    {
        tracing::warn!(%error, "Ctrl C will not wait for safe points");
    }
}
