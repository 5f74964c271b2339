' SPDX-License-Identifier: Apache-2.0
' cscript //nologo group.vbs SID: the name that this Windows gives the local group, which depends on its language.
Option Explicit
Dim group
For Each group In GetObject("winmgmts:\\.\root\cimv2").ExecQuery( _
		"SELECT Name FROM Win32_Group WHERE LocalAccount = TRUE AND SID = '" & WScript.Arguments(0) & "'")
	WScript.Echo group.Name
Next
