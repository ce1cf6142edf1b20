/** Python writes Infinity and NaN into JSON, as some published configurations have them; here they are null. */
export const parseConfig = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    const repaired = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g, (token) =>
      token.startsWith('"') ? token : "null"
    )
    if (repaired === text) throw error
    return JSON.parse(repaired)
  }
}
