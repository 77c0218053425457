// swift-tools-version: 5.9
import PackageDescription

let package = Package(
  name: "ProtocolSdk",
  platforms: [.iOS("16.0"), .macOS("13.0")],
  products: [
    .library(name: "ProtocolSdk", targets: ["ProtocolSdk"])
  ],
  targets: [
    .binaryTarget(
      name: "CProtocolSdk",
      // Once the archive is published, `path` gives way to `url: "https://…"` and its checksum:
      // "@XCFRAMEWORK_CHECKSUM@"
      path: "@XCFRAMEWORK@"
    ),
    .target(
      name: "ProtocolSdk",
      dependencies: ["CProtocolSdk"],
      resources: [
        .copy("Resources/PrivacyInfo.xcprivacy"),
        .copy("Resources/Protocol.mlpackage"),
        .copy("Resources/labels.json"),
        .copy("Resources/protocol.pte"),
      ],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
    .testTarget(
      name: "ProtocolSdkTests",
      dependencies: ["ProtocolSdk"],
      swiftSettings: [.enableExperimentalFeature("StrictConcurrency")]
    ),
  ]
)
