//! Where traces go, and which requests are traced.

use std::time::Duration;

use super::context::Context;
use crate::secret::Secret;

/// What the environment says of traces.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The URL that spans are posted to. Hidden, since some collectors have a key in its path.
    pub url: Secret,
    /// Further headers of each request, such as the collector's key. Each is a valid header.
    pub headers: Vec<(String, Secret)>,
    /// How long one request to the collector may take.
    pub timeout: Duration,
    /// How long a span waits for others, so that many leave in one request.
    pub delay: Duration,
    /// Which requests are traced.
    pub sampler: Sampler,
    /// What the spans say of this process: `service.name` and the like.
    pub resource: Vec<(String, String)>,
}

/// Which requests are traced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampler {
    /// The share of requests that are traced: 0 none, 1 all.
    pub share: f64,
    /// Whether a request that came with a context is traced as that says, whatever the share is.
    pub by_parent: bool,
}

impl Sampler {
    /// Whether a request with this context, whose trace has the id `trace`, is traced.
    pub(super) fn takes(self, parent: Option<Context>, trace: u128) -> bool {
        if let Some(parent) = parent.filter(|_| self.by_parent) {
            return parent.is_sampled;
        }
        // By the id, so that all services decide alike about one trace. The last 7 bytes are random in any case.
        #[expect(
            clippy::cast_precision_loss,
            reason = "56 bits lose three of them, which moves no share noticeably"
        )]
        let place = (trace & 0xff_ffff_ffff_ffff) as f64 / (1_u64 << 56) as f64;
        place < self.share
    }
}
