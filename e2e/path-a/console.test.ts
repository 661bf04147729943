import { testAccess } from './access-suite.ts'
import { testAccessibility } from './accessibility-suite.ts'
import { testConformance } from './conformance-suite.ts'
import { testEditing } from './editing-suite.ts'
import { testHostileContent } from './hostile-content-suite.ts'
import { testLoad } from './load-suite.ts'
import { testPathA } from './people-suite.ts'
import { testPictures } from './pictures-suite.ts'
import { testPods } from './pods-suite.ts'
import { testRecovery } from './recovery-suite.ts'
import { usePathA } from './use-path-a.ts'

// One stack for all of them, since it takes longer to start than most of them. Those that change nothing come first,
// and last the one that kills its processes.
const pathA = usePathA()
testPictures(pathA)
testPathA(() => pathA.site)
testAccess(pathA)
testAccessibility(pathA)
testPods(pathA)
testConformance(pathA)
testEditing(pathA)
testHostileContent(pathA)
testLoad(pathA)
testRecovery(pathA)
