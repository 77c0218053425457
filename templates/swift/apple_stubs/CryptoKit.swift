// What the package uses of CryptoKit, as https://developer.apple.com/documentation/cryptokit declares it.
import Foundation

// https://developer.apple.com/documentation/cryptokit/sha256digest
public struct SHA256Digest: Sequence {
  public func makeIterator() -> Array<UInt8>.Iterator { [].makeIterator() }
}

// https://developer.apple.com/documentation/cryptokit/sha256
public struct SHA256 {
  // https://developer.apple.com/documentation/cryptokit/hashfunction/init()
  public init() {}
  // https://developer.apple.com/documentation/cryptokit/hashfunction/update(data:)
  public mutating func update<D: DataProtocol>(data: D) {}
  // https://developer.apple.com/documentation/cryptokit/hashfunction/finalize()
  public func finalize() -> SHA256Digest { SHA256Digest() }
}
