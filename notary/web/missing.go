//go:build !page

package web

import "io/fs"

// Page is nil: this binary was built without the page.
func Page() fs.FS { return nil }
