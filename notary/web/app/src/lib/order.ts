// The order of names as people read them: numbers by their value, so that plot 9
// stands before plot 10. One collator, since making one for each comparison is what
// costs.
export const byName = new Intl.Collator(['zh-CN', 'en'], { numeric: true }).compare
