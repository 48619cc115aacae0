//! What the machine receives and sends over its networks.
//!
//! `sysinfo` would open nine files for each interface; a machine with containers has hundreds.

use std::path::Path;
use std::time::Instant;

use crate::rate::Rate;
use crate::values::{Values, put};

/// Counters of all interfaces: a name, eight numbers of what was received, eight of what was sent; bytes come first.
const COUNTERS: &str = "/proc/net/dev";
const SENT: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Network {
    received: Rate,
    sent: Rate,
}

impl Network {
    pub(crate) fn sample(&mut self, now: Instant, values: &mut Values) {
        let Ok(text) = std::fs::read_to_string(COUNTERS) else {
            return;
        };
        let (received, sent) = transferred(&text, is_card);
        let received = self.received.per_second(now, received);
        let sent = self.sent.per_second(now, sent);
        put(values, "network/received_bytes_per_second", received);
        put(values, "network/sent_bytes_per_second", sent);
    }
}

/// Bytes received and sent by all cards, or where there are none, by all interfaces but the loop to this machine itself.
///
/// Bridges, bonds and the interfaces of containers pass on what a card has counted already. Within a container there is
/// no card, but one end of a virtual cable.
fn transferred(counters: &str, is_card: fn(&str) -> bool) -> (u64, u64) {
    let lines = || counters.lines().filter_map(bytes);
    let has_card = lines().any(|(name, _)| is_card(name));
    let chosen = lines().filter(|(name, _)| {
        if has_card {
            is_card(name)
        } else {
            *name != "lo"
        }
    });
    chosen.fold((0, 0), |(received, sent), (_, more)| {
        (received + more.0, sent + more.1)
    })
}

/// Name of an interface, with the bytes it has received and sent; `None` for the lines with titles.
fn bytes(line: &str) -> Option<(&str, (u64, u64))> {
    let (name, numbers) = line.split_once(':')?;
    let mut numbers = numbers.split_ascii_whitespace();
    let received = numbers.next()?.parse().ok()?;
    let sent = numbers.nth(SENT - 1)?.parse().ok()?;
    Some((name.trim(), (received, sent)))
}

fn is_card(name: &str) -> bool {
    Path::new("/sys/class/net")
        .join(name)
        .join("device")
        .exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     500       5    0    0    0     0          0         0      500       5    0    0    0     0       0          0
  eth0:    1000      18    0    0    0     0          0         0       70      82    0    0    0     0       0          0
  eth1:20000000000    1    0    0    0     0          0         0        3       1    0    0    0     0       0          0
docker0:    999      18    0    0    0     0          0         0       69      82    0    0    0     0       0          0
";

    #[test]
    fn cards_are_counted_and_what_passes_their_bytes_on_is_not() {
        let cards = |name: &str| name.starts_with("eth");
        assert_eq!(transferred(TEXT, cards), (20_000_001_000, 73));
    }

    #[test]
    fn without_a_card_all_but_the_loop_is_counted() {
        assert_eq!(transferred(TEXT, |_| false), (20_000_001_999, 142));
        assert_eq!(transferred("", |_| false), (0, 0));
    }
}
