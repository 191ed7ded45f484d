//! Requests that come packed.

use std::io::Read;

use bytes::Bytes;

/// Why a packed request cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PackingError {
    /// A way of packing that is not understood.
    Unknown(String),
    /// More bytes than a request may have.
    TooLarge(usize),
    /// Not what it says it is.
    Broken(String),
}

/// Unpacks a request by the name of its packing, up to so many bytes.
pub(super) fn unpack(encoding: &str, body: Bytes, most: usize) -> Result<Bytes, PackingError> {
    match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" if body.len() > most => Err(PackingError::TooLarge(most)),
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => read(flate2::read::MultiGzDecoder::new(&*body), most),
        "deflate" | "zlib" => read(flate2::read::ZlibDecoder::new(&*body), most),
        "zstd" => {
            let reader = zstd::stream::read::Decoder::with_buffer(&*body);
            read(reader.map_err(|error| PackingError::Broken(error.to_string()))?, most)
        }
        other => Err(PackingError::Unknown(other.to_owned())),
    }
}

fn read(reader: impl Read, most: usize) -> Result<Bytes, PackingError> {
    let mut unpacked = Vec::new();
    let read = reader.take(most as u64 + 1).read_to_end(&mut unpacked);
    read.map_err(|error| PackingError::Broken(error.to_string()))?;
    if unpacked.len() > most {
        return Err(PackingError::TooLarge(most));
    }
    Ok(unpacked.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_small_request_cannot_become_a_large_one() {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&vec![0; 1 << 20]).unwrap();
        let packed = Bytes::from(packer.finish().unwrap());
        assert_eq!(unpack("gzip", packed.clone(), 1000), Err(PackingError::TooLarge(1000)));
        assert_eq!(unpack("GZIP", packed.clone(), 1 << 20).unwrap().len(), 1 << 20);
        assert_eq!(
            unpack("br", packed.clone(), 1),
            Err(PackingError::Unknown("br".to_owned()))
        );
        assert!(matches!(
            unpack("gzip", packed.slice(..9), 1000),
            Err(PackingError::Broken(_))
        ));
        assert_eq!(unpack("", packed.clone(), 10), Err(PackingError::TooLarge(10)));
    }
}
