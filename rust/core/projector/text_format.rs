//! Protobuf's text format: taken apart without knowing the messages, so that nothing gets lost when it is put together
//! again.

use std::fmt::Write as _;

/// The text is not in text format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    /// Byte of the text at which it shows.
    pub(super) at: usize,
}

/// A field as it stands in the text.
#[derive(Debug)]
pub(super) struct Field<'a> {
    /// Blanks and comments in front of it.
    pub(super) before: &'a str,
    pub(super) name: &'a str,
    /// From the name to the end of the value, with the separator behind it.
    pub(super) raw: &'a str,
    pub(super) value: Value<'a>,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    /// Bytes between quotes.
    Text(Vec<u8>),
    /// A number, or a name.
    Word,
    Message(Message<'a>),
    List(Vec<Value<'a>>),
}

#[derive(Debug)]
pub(super) struct Message<'a> {
    /// With its brackets.
    pub(super) raw: &'a str,
    pub(super) fields: Vec<Field<'a>>,
}

type Result<T> = std::result::Result<T, Malformed>;

/// Messages in messages; no config has that many, and a stack is finite.
const MAX_DEPTH: usize = 64;

/// The fields of a text, and what follows the last.
pub(super) fn parse(text: &str) -> Result<(Vec<Field<'_>>, &str)> {
    let mut parser = Parser { text, at: 0 };
    let (fields, rest) = parser.fields(None, 0)?;
    Ok((fields, rest))
}

struct Parser<'a> {
    text: &'a str,
    /// Always at the beginning of a character.
    at: usize,
}

impl<'a> Parser<'a> {
    /// Fields up to the closing bracket, or to the end of the text.
    fn fields(&mut self, close: Option<u8>, depth: usize) -> Result<(Vec<Field<'a>>, &'a str)> {
        let mut fields = Vec::new();
        loop {
            let before = self.blanks();
            if self.peek() == close {
                return Ok((fields, before));
            }
            fields.push(self.field(before, depth)?);
        }
    }

    fn field(&mut self, before: &'a str, depth: usize) -> Result<Field<'a>> {
        let from = self.at;
        let name = self.name()?;
        self.blanks();
        let colon = self.take(b':');
        self.blanks();
        if !colon && !matches!(self.peek(), Some(b'{' | b'<')) {
            return self.fail();
        }
        let value = self.value(depth)?;
        let to = self.at;
        self.blanks();
        if !(self.take(b',') || self.take(b';')) {
            self.at = to;
        }
        Ok(Field {
            before,
            name,
            raw: self.since(from),
            value,
        })
    }

    /// A field's name, or that of an extension in brackets.
    fn name(&mut self) -> Result<&'a str> {
        let from = self.at;
        if self.take(b'[') {
            self.run(|byte| byte.is_ascii_alphanumeric() || b" ._-/%".contains(&byte));
            if !self.take(b']') {
                return self.fail();
            }
        } else {
            self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        }
        if self.at == from {
            return self.fail();
        }
        Ok(self.since(from))
    }

    fn value(&mut self, depth: usize) -> Result<Value<'a>> {
        if depth > MAX_DEPTH {
            return self.fail();
        }
        let from = self.at;
        match self.peek() {
            Some(open @ (b'{' | b'<')) => {
                self.at += 1;
                let close = if open == b'{' { b'}' } else { b'>' };
                let (fields, _) = self.fields(Some(close), depth + 1)?;
                self.at += 1;
                Ok(Value::Message(Message {
                    raw: self.since(from),
                    fields,
                }))
            }
            Some(b'[') => self.list(depth + 1),
            Some(b'"' | b'\'') => self.strings(),
            _ => self.word(),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value<'a>> {
        self.at += 1;
        let mut values = Vec::new();
        self.blanks();
        if self.take(b']') {
            return Ok(Value::List(values));
        }
        loop {
            self.blanks();
            values.push(self.value(depth)?);
            self.blanks();
            if self.take(b']') {
                return Ok(Value::List(values));
            }
            if !self.take(b',') {
                return self.fail();
            }
        }
    }

    fn word(&mut self) -> Result<Value<'a>> {
        self.take(b'-');
        self.blanks();
        let from = self.at;
        self.run(|byte| byte.is_ascii_alphanumeric() || b"_.+-".contains(&byte));
        if self.at == from {
            return self.fail();
        }
        Ok(Value::Word)
    }

    /// Strings that follow each other are one.
    fn strings(&mut self) -> Result<Value<'a>> {
        let mut bytes = Vec::new();
        loop {
            let end = self.at;
            self.blanks();
            let Some(quote @ (b'"' | b'\'')) = self.peek() else {
                self.at = end;
                return Ok(Value::Text(bytes));
            };
            self.string(quote, &mut bytes)?;
        }
    }

    fn string(&mut self, quote: u8, bytes: &mut Vec<u8>) -> Result<()> {
        self.at += 1;
        loop {
            let from = self.at;
            self.run(|byte| byte != quote && byte != b'\\' && byte != b'\n');
            bytes.extend_from_slice(self.since(from).as_bytes());
            if self.take(quote) {
                return Ok(());
            }
            if !self.take(b'\\') {
                return self.fail();
            }
            self.escape(bytes)?;
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<()> {
        let Some(letter) = self.peek() else {
            return self.fail();
        };
        if let b'0'..=b'7' = letter {
            let number = self.digits(8, 3)?;
            bytes.push(number as u8);
            return Ok(());
        }
        if !letter.is_ascii() {
            return self.fail();
        }
        self.at += 1;
        let byte = match letter {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 7,
            b'b' => 8,
            b'v' => 11,
            b'f' => 12,
            b'\\' | b'\'' | b'"' | b'?' => letter,
            b'x' | b'X' => self.digits(16, 2)? as u8,
            b'u' | b'U' => {
                let number = self.digits(16, if letter == b'u' { 4 } else { 8 })?;
                let Some(character) = char::from_u32(number) else {
                    return self.fail();
                };
                bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(());
            }
            _ => return self.fail(),
        };
        bytes.push(byte);
        Ok(())
    }

    /// At least one digit, and at most `most` of them.
    fn digits(&mut self, radix: u32, most: usize) -> Result<u32> {
        let from = self.at;
        while self.at - from < most
            && self
                .peek()
                .is_some_and(|byte| char::from(byte).is_digit(radix))
        {
            self.at += 1;
        }
        u32::from_str_radix(self.since(from), radix).or(self.fail())
    }

    /// Skips blanks and comments.
    fn blanks(&mut self) -> &'a str {
        let from = self.at;
        loop {
            self.run(|byte| b" \t\n\r\x0b\x0c".contains(&byte));
            if self.peek() != Some(b'#') {
                return self.since(from);
            }
            self.run(|byte| byte != b'\n');
        }
    }

    fn run(&mut self, belongs: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        let len = rest.iter().position(|&byte| !belongs(byte));
        self.at += len.unwrap_or(rest.len());
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn since(&self, from: usize) -> &'a str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn fail<T>(&self) -> Result<T> {
        Err(Malformed { at: self.at })
    }
}

/// Writes a string with its quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0'..' ' | '\x7f' => {
                // Into a String, which never fails.
                let _ = write!(quoted, "\\{:03o}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
