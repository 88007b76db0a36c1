//! Decimal strings as whole multiples of a step, exactly or not at all.

/// More digits than a step of any instrument needs; they fit into an i128 with room for the scale.
const LONGEST: usize = 30;
const FINEST: u32 = 18;

/// A tick or a lot: `mantissa` x 10^-`scale`.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub scale: u32,
    pub mantissa: i64,
}

impl Step {
    /// How many steps a plain decimal above zero is: digits, and perhaps a point with digits behind it.
    #[must_use]
    pub fn count(self, text: &[u8]) -> Option<i64> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let scale = self.scale.max(FINEST);
        let mut value: i128 = 0;
        let mut decimals: Option<u32> = None;
        for byte in text {
            match byte {
                b'0'..=b'9' => {
                    value = value.checked_mul(10)?.checked_add(i128::from(byte.wrapping_sub(b'0')))?;
                    if let Some(count) = decimals.as_mut() {
                        *count = count.checked_add(1)?;
                    }
                }
                b'.' if decimals.is_none() => decimals = Some(0),
                _ => return None,
            }
        }
        if text.first() == Some(&b'.') || text.last() == Some(&b'.') {
            return None;
        }
        let units = value.checked_mul(ten_to(scale.checked_sub(decimals.unwrap_or(0))?)?)?;
        let step = i128::from(self.mantissa).checked_mul(ten_to(scale.checked_sub(self.scale)?)?)?;
        if units.checked_rem(step)? != 0 {
            return None;
        }
        i64::try_from(units.checked_div(step)?).ok().filter(|count| *count > 0)
    }
}

fn ten_to(power: u32) -> Option<i128> {
    10_i128.checked_pow(power)
}

#[cfg(test)]
mod tests {
    use super::Step;

    #[test]
    fn exact_or_nothing() {
        let tick = Step { scale: 1, mantissa: 5 };
        assert_eq!(tick.count(b"100.5"), Some(201));
        assert_eq!(tick.count(b"0100.50"), Some(201));
        for other in [&b""[..], b"100.3", b"1e2", b"-1", b"+1", b".5", b"5.", b"0", b"1.0.0", b" 1", b"\xd9\xa1"] {
            assert_eq!(tick.count(other), None, "{other:?}");
        }
        assert_eq!(tick.count(b"9999999999999999999999"), None);
    }
}
