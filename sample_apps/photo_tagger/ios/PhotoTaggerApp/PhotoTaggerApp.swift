import SwiftUI

@main
struct PhotoTaggerApp: App {
  var body: some Scene {
    WindowGroup {
      ContentView()
    }
  }
}
