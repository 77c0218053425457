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
      // Published elsewhere: `url: "https://…", checksum: "@XCFRAMEWORK_CHECKSUM@"` instead of `path`.
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
