/// `text` in quotes, fit for one line of an error: control characters escaped, cut after 80 characters.
func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars.prefix(80) {
        switch scalar {
        case "\"", "\\": quoted += "\\\(scalar)"
        case "\u{20}"..."\u{7E}": quoted.unicodeScalars.append(scalar)
        default:
            if scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format {
                quoted += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
    }
    return quoted + (text.unicodeScalars.count > 80 ? "…\"" : "\"")
}
