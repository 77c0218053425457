// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The bytes of a model at a fixed address, where the C library reads them.
///
/// `@unchecked` because nothing writes to them after `init`.
final class ModelMemory: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  private let mapped: NSData?

  /// Maps a file, which must not change while the model is in use.
  init(contentsOf url: URL) throws {
    do {
      let data = try NSData(contentsOf: url, options: .alwaysMapped)
      mapped = data
      bytes = UnsafeRawBufferPointer(start: data.bytes, count: data.length)
    } catch {
      throw TheSDKError.modelNotFound("\(url.path) cannot be read: \(error.localizedDescription)")
    }
  }

  /// Copies `data`, which may be a slice at any address.
  init(copying data: Data) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: data.count, alignment: 64)
    data.withUnsafeBytes { copy.copyMemory(from: $0) }
    mapped = nil
    bytes = UnsafeRawBufferPointer(copy)
  }

  deinit {
    if mapped == nil { bytes.deallocate() }
  }
}
