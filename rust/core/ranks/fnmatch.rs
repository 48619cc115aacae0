//! Patterns of names, as Python's `fnmatch.fnmatchcase` has them: `*`, `?`, `[seq]` and `[!seq]`.

/// True if a pattern fits all of a name.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut at, mut place) = (0, 0);
    // Where the last `*` stands, and how much of the name it covers.
    let mut star: Option<(usize, usize)> = None;
    while place < name.len() || at < pattern.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at + 1, place));
            at += 1;
            continue;
        }
        let one = name.get(place);
        match one.and_then(|&one| step(pattern.get(at..)?, one)) {
            Some(taken) => (at, place) = (at + taken, place + 1),
            None => match star {
                Some((after, covered)) if covered < name.len() => {
                    star = Some((after, covered + 1));
                    (at, place) = (after, covered + 1);
                }
                _ => return false,
            },
        }
    }
    true
}

/// Characters of the pattern that stand for one of the name, if it fits.
fn step(pattern: &[char], one: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => set(pattern, one),
        &same if same == one => Some(1),
        _ => None,
    }
}

/// The same for a set; one without an end is the character `[`.
fn set(pattern: &[char], one: char) -> Option<usize> {
    let is_negated = pattern.get(1) == Some(&'!');
    let first = if is_negated { 2 } else { 1 };
    // A `]` that comes first is one of the set.
    let rest = pattern.get(first + 1..).unwrap_or_default();
    let Some(end) = rest.iter().position(|&end| end == ']') else {
        return (one == '[').then_some(1);
    };
    let members = pattern.get(first..first + 1 + end).unwrap_or_default();
    let mut rest = members;
    let mut has = false;
    while let [low, others @ ..] = rest {
        if let ['-', high, others @ ..] = others {
            has |= (*low..=*high).contains(&one);
            rest = others;
        } else {
            has |= *low == one;
            rest = others;
        }
    }
    (has != is_negated).then_some(first + 1 + end + 1)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_fit_as_in_python() {
        let known = [
            ("", "", true),
            ("*", "", true),
            ("*", "a/b", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("memory*", "memory/peak", true),
            ("memory*", "gpu/memory", false),
            ("*memory*", "gpu/memory", true),
            ("[ab]x", "bx", true),
            ("[!ab]x", "bx", false),
            ("[!ab]x", "cx", true),
            ("[a-c]x", "bx", true),
            ("[a-c]x", "dx", false),
            ("[]]x", "]x", true),
            ("[x", "[x", true),
            ("[-a]", "-", true),
            ("*é", "café", true),
            ("**a", "banana", true),
            ("a*b*c", "aXbYbZc", true),
        ];
        for (pattern, name, fits) in known {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
