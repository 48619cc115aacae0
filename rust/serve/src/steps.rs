//! Steps in one or two bytes each: the differences between them, as variable-length numbers.

/// Steps in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    differences: Vec<u8>,
    count: usize,
    last: i64,
}

impl Steps {
    /// The last one.
    pub fn last(&self) -> Option<i64> {
        (self.count > 0).then_some(self.last)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The differences, as they are kept.
    pub fn as_bytes(&self) -> &[u8] {
        &self.differences
    }

    /// Of such differences; nothing if the last one is cut off.
    pub fn of_bytes(differences: Vec<u8>) -> Option<Self> {
        let count = differences.iter().filter(|&&byte| byte < 0x80).count();
        if differences.last().is_some_and(|&byte| byte >= 0x80) {
            return None;
        }
        let mut steps = Self {
            differences,
            count,
            last: 0,
        };
        steps.last = steps.iter().last().unwrap_or_default();
        Some(steps)
    }

    /// Appends one.
    pub fn push(&mut self, step: i64) {
        let difference = step.wrapping_sub(self.last);
        // Signs go into the lowest bit, so that small differences are short numbers.
        let mut bits = ((difference << 1) ^ (difference >> 63)).cast_unsigned();
        while bits >= 0x80 {
            self.differences.push(bits as u8 | 0x80);
            bits >>= 7;
        }
        self.differences.push(bits as u8);
        self.last = step;
        self.count += 1;
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = i64> {
        let (mut bytes, mut last) = (self.differences.iter(), 0_i64);
        std::iter::from_fn(move || {
            let (mut bits, mut shift) = (0_u64, 0);
            loop {
                let byte = *bytes.next()?;
                // Numbers of more than ten bytes come from elsewhere.
                bits |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            let difference = (bits >> 1).cast_signed() ^ -(bits & 1).cast_signed();
            last = last.wrapping_add(difference);
            Some(last)
        })
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        self.differences.capacity()
    }

    /// Gives back room that is not used.
    pub fn shrink(&mut self) {
        self.differences.shrink_to_fit();
    }
}

impl FromIterator<i64> for Steps {
    fn from_iter<I: IntoIterator<Item = i64>>(steps: I) -> Self {
        let mut all = Self::default();
        steps.into_iter().for_each(|step| all.push(step));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::Steps;

    #[test]
    fn steps_of_any_size_come_back() {
        let steps = [
            0,
            1,
            2,
            100,
            -5,
            i64::MAX,
            i64::MIN,
            i64::MAX,
            0,
            63,
            127,
            -1,
        ];
        let kept: Steps = steps.into_iter().collect();
        assert_eq!(kept.iter().collect::<Vec<_>>(), steps);
        assert_eq!(kept.last(), Some(-1));
        assert_eq!(Steps::of_bytes(kept.as_bytes().to_vec()), Some(kept));
        assert_eq!(Steps::of_bytes(vec![0, 0x80]), None);
    }
}
