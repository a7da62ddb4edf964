//! `clerk-courier serve`

use std::path::Path;

use tracing::level_filters::LevelFilter;

use super::{Failure, load, runtime, stop_signal, wrong};
use crate::app::{App, bind};
use crate::clock::Clock;
use crate::config::Config;
use crate::telemetry;

pub(super) fn run(path: &Path, level: LevelFilter) -> Result<(), Failure> {
    let config = load(path)?;
    telemetry::log::init(level);
    runtime(config.server.workers)?.block_on(serve(&config))
}

async fn serve(config: &Config) -> Result<(), Failure> {
    let app = App::build(config, Clock::System).map_err(wrong)?;
    let listener = bind("server.listen", config.server.listen).await?;
    let admin = match config.server.admin_listen {
        Some(address) => Some(bind("server.admin_listen", address).await?),
        None => None,
    };
    warn_of_silent_channels(config);
    tracing::info!(
        listen = %listener.local_addr()?,
        admin_listen = admin.as_ref().and_then(|admin| admin.local_addr().ok()).map(|address| address.to_string()),
        path = config.clerk.path,
        version = env!("CARGO_PKG_VERSION"),
        "serving"
    );
    if app.run(listener, admin, stop_signal()).await {
        tracing::info!("stopped: everything under way was finished and answered");
        Ok(())
    } else {
        Err(anyhow::anyhow!(
            "stopped by drain_timeout: some messages were still under way, and Clerk will bring them again"
        )
        .into())
    }
}

/// A channel without providers answers 503 to each message: fine where Clerk sends none of that kind, a surprise else.
fn warn_of_silent_channels(config: &Config) {
    for (channel, silent) in [
        ("email", config.email.base.delivery.providers.is_empty()),
        ("sms", config.sms.base.delivery.providers.is_empty()),
    ] {
        if silent {
            tracing::warn!(
                "[{channel}] has no providers: its messages are answered `failed`, reason `no_provider`"
            );
        }
    }
}
