//! PEM (RFC 7468): finding the blocks of a file, and decoding each strictly.

use pem_rfc7468::{Decoder, LineEnding};

use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// Of what is written.
const END_OF_LINE: LineEnding = LineEnding::LF;

/// The most blocks that are read from one file: a key may cost a second to check.
const MAX_BLOCKS: usize = 16;

/// The longest label that is read: longer than any that is known.
const MAX_LABEL: usize = 64;

/// One decoded block. The contents may be a private key, so they are always wiped.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) contents: SecretBytes,
}

/// Whether `bytes` hold the start of a PEM block at the start of a line.
pub(crate) fn looks_like_pem(bytes: &[u8]) -> bool {
    find_begin(bytes).is_some()
}

/// The one block of a key file. Text may stand before it (RFC 7468 section 5.2), as may the `EC
/// PARAMETERS` that OpenSSL writes before a key that names its curve again; nothing but white space
/// may stand after it.
pub(super) fn single(bytes: &[u8]) -> Result<Block<'_>> {
    let (mut found, rest) = blocks(bytes)?;
    found.retain(|block| block.label != "EC PARAMETERS");
    if !rest.trim_ascii().is_empty() {
        return Err(Error::malformed("PEM file")
            .expected("nothing after the END line")
            .got(format!("{} more bytes", rest.len())));
    }
    match (found.pop(), found.len()) {
        (Some(block), 0) => Ok(block),
        (Some(_), more) => Err(Error::malformed("PEM file")
            .expected("one key")
            .got(format!("{} blocks", more + 1))),
        (None, _) => Err(Error::malformed("PEM file")
            .expected("a key")
            .got("EC PARAMETERS alone")),
    }
}

/// Every block of a file, and the text after the last.
///
/// # Errors
/// [`Code::Malformed`] with the number of the block, [`Code::Limit`].
pub(crate) fn blocks(bytes: &[u8]) -> Result<(Vec<Block<'_>>, &[u8])> {
    blocks_up_to(bytes, MAX_BLOCKS)
}

/// [`blocks`] with a cap of its own.
pub(crate) fn blocks_up_to(bytes: &[u8], most: usize) -> Result<(Vec<Block<'_>>, &[u8])> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(start) = find_begin(rest) {
        let number = found.len() + 1;
        if number > most {
            return Err(Error::new(Code::Limit, "PEM file")
                .expected(format!("at most {most} blocks"))
                .got("more"));
        }
        let bad = |why: &str| Error::malformed(format!("PEM block {number}")).got(why.to_owned());
        let block = &rest[start..];
        let label_end = find(&block[BEGIN.len()..], DASHES)
            .ok_or_else(|| bad("the BEGIN line does not end"))?;
        if label_end > MAX_LABEL {
            return Err(bad("the label is longer than any"));
        }
        let label = std::str::from_utf8(&block[BEGIN.len()..BEGIN.len() + label_end])
            .ok()
            .filter(|label| {
                label
                    .bytes()
                    .all(|byte| byte == b' ' || byte.is_ascii_graphic())
            })
            .ok_or_else(|| bad("the label is not printable ASCII"))?;
        let end = format!("\n-----END {label}-----");
        let len = find(block, end.as_bytes())
            .ok_or_else(|| bad("there is no END line with the same label"))?
            + end.len();
        if find(&block[..len], b"\nProc-Type:").is_some() {
            return Err(Error::new(Code::Unsupported, format!("PEM block {number}"))
                .expected("encrypted PKCS#8, as `openssl pkcs8 -topk8` rewrites it")
                .got("the encryption of PEM itself (RFC 1421), as older versions of OpenSSL write it"));
        }
        found.push(Block {
            label,
            contents: decode(&block[..len]).map_err(|error| bad(&error.to_string()))?,
        });
        rest = &block[len..];
    }
    Ok((found, rest))
}

fn decode(block: &[u8]) -> Result<SecretBytes, pem_rfc7468::Error> {
    let mut decoder = Decoder::new_detect_wrap(block)?;
    let mut contents = SecretBytes::zeroed(decoder.remaining_len());
    decoder.decode(contents.expose_mut())?;
    Ok(contents)
}

/// `der` as a PEM block with lines of 64 characters.
pub(super) fn write(label: &str, der: &[u8]) -> Result<SecretBytes> {
    let broken = || Error::internal("PEM encoding failed");
    let mut out = SecretBytes::zeroed(len(label, der.len()).ok_or_else(broken)?);
    let written = pem_rfc7468::encode(label, END_OF_LINE, der, out.expose_mut()).map(str::len);
    // The crate calls the length that it gives beforehand a bound; it is the length itself.
    match written == Ok(out.len()) {
        true => Ok(out),
        false => Err(broken()),
    }
}

/// The length of what [`write()`] makes of so many bytes, unless that is above all lengths.
pub(super) fn len(label: &str, der: usize) -> Option<usize> {
    pem_rfc7468::encapsulated_len(label, END_OF_LINE, der).ok()
}

fn find_begin(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = find(&bytes[from..], BEGIN) {
        let at = from + at;
        if at == 0 || bytes[at - 1] == b'\n' || bytes[at - 1] == b'\r' {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----\n";

    #[test]
    fn text_before_is_skipped_and_text_after_is_not() {
        let block = format!("subject: nobody\n{ONE}\n");
        assert_eq!(
            single(block.as_bytes()).unwrap().contents.expose(),
            [1, 2, 3]
        );
        let trailing = format!("{ONE}x");
        assert!(single(trailing.as_bytes()).is_err());
    }

    #[test]
    fn two_keys_in_one_file_are_an_error_and_parameters_are_not_a_key() {
        assert!(single(ONE.repeat(2).as_bytes()).is_err());
        let with_parameters =
            format!("-----BEGIN EC PARAMETERS-----\nAQID\n-----END EC PARAMETERS-----\n{ONE}");
        assert!(single(with_parameters.as_bytes()).is_ok());
    }

    #[test]
    fn encryption_of_pem_itself_is_named() {
        let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\
                   DEK-Info: AES-128-CBC,00\n\nAQID\n-----END RSA PRIVATE KEY-----\n";
        let error = single(old.as_bytes()).err().unwrap();
        assert_eq!(error.code(), Code::Unsupported);
        assert!(error.to_string().contains("RFC 1421"), "{error}");
    }

    #[test]
    fn a_begin_line_inside_a_line_is_no_block() {
        assert!(!looks_like_pem(b"see -----BEGIN PUBLIC KEY-----"));
    }

    #[test]
    fn the_length_is_known_beforehand() {
        for (label, der) in [("CMS", 0..200), ("PUBLIC KEY", 4090..4100)]
            .into_iter()
            .flat_map(|(label, lengths)| lengths.map(move |len| (label, vec![7; len])))
        {
            let written = write(label, &der).unwrap();
            assert_eq!(len(label, der.len()), Some(written.len()));
            assert!(written.expose().ends_with(b"-----\n"));
        }
        assert_eq!(len("CMS", usize::MAX), None);
    }

    #[test]
    fn carriage_returns_are_read() {
        assert_eq!(
            single(ONE.replace('\n', "\r\n").as_bytes())
                .unwrap()
                .contents
                .expose(),
            [1, 2, 3]
        );
    }
}
