import { answerOrders } from './child.ts';
import { putLoad } from './load.ts';

answerOrders({ load: putLoad });
