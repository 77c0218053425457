@preconcurrency import AVFoundation
import PhotoTagger

/// The back camera as a source of upright pictures.
///
/// Unchecked, because AVFoundation's classes are not all marked: beside the preview, which may have the session, only
/// `queue` touches them.
final class Camera: @unchecked Sendable {
  enum Problem: LocalizedError {
    case refused
    case missing

    var errorDescription: String? {
      switch self {
      case .refused: "Without the camera, photographs can still be picked."
      case .missing: "This device has no camera that can be used."
      }
    }
  }

  /// For the preview.
  let session = AVCaptureSession()

  private let queue = DispatchQueue(label: "camera")

  /// Runs the camera until the task is cancelled. A picture that comes while `body` is at work replaces the one that
  /// waits.
  func run(_ body: @MainActor @Sendable (PhotoTagger.PixelImage) async -> Void) async throws {
    guard await AVCaptureDevice.requestAccess(for: .video) else { throw Problem.refused }
    let (frames, continuation) = AsyncThrowingStream.makeStream(
      of: PhotoTagger.PixelImage.self, throwing: (any Error).self,
      bufferingPolicy: .bufferingNewest(1))
    let receiver = FrameReceiver(continuation)
    queue.async { self.start(receiver) }
    defer { queue.async { self.stop() } }
    for try await frame in frames {
      await body(frame)
    }
  }

  private func start(_ receiver: FrameReceiver) {
    do {
      try connect(receiver)
      session.startRunning()
    } catch {
      receiver.finish(throwing: error)
    }
  }

  private func stop() {
    session.stopRunning()
    session.inputs.forEach(session.removeInput)
    session.outputs.forEach(session.removeOutput)
  }

  private func connect(_ receiver: FrameReceiver) throws {
    session.beginConfiguration()
    defer { session.commitConfiguration() }
    session.sessionPreset = .hd1280x720
    guard
      let device = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: .back)
    else { throw Problem.missing }
    let input = try AVCaptureDeviceInput(device: device)
    let output = AVCaptureVideoDataOutput()
    guard session.canAddInput(input) else { throw Problem.missing }
    session.addInput(input)
    guard session.canAddOutput(output) else { throw Problem.missing }
    session.addOutput(output)
    // The format that the SDK takes as it is.
    output.videoSettings = [kCVPixelBufferPixelFormatTypeKey as String: kCVPixelFormatType_32BGRA]
    output.setSampleBufferDelegate(receiver, queue: queue)
    // The app is held upright, the sensor is built in sideways.
    let connection = output.connection(with: .video)
    if connection?.isVideoRotationAngleSupported(90) == true {
      connection?.videoRotationAngle = 90
    }
  }
}

/// Copies each frame out of the camera's few buffers.
private final class FrameReceiver: NSObject, Sendable,
  AVCaptureVideoDataOutputSampleBufferDelegate
{
  typealias Continuation = AsyncThrowingStream<PhotoTagger.PixelImage, any Error>.Continuation

  private let continuation: Continuation

  init(_ continuation: Continuation) {
    self.continuation = continuation
  }

  func captureOutput(
    _ output: AVCaptureOutput,
    didOutput sampleBuffer: CMSampleBuffer,
    from connection: AVCaptureConnection
  ) {
    guard let buffer = sampleBuffer.imageBuffer else { return }
    do {
      continuation.yield(try PhotoTagger.PixelImage(buffer))
    } catch {
      finish(throwing: error)
    }
  }

  func finish(throwing error: any Error) {
    continuation.finish(throwing: error)
  }
}
